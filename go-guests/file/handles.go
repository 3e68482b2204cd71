package main

import (
	"io"
	"os"
	"strconv"
	"sync"
	"time"
)

func init() {
	register(map[string]func(args []string){
		"two-handles":    twoHandles,
		"unlinked":       unlinked,
		"renamed":        renamed,
		"replaced":       replaced,
		"recreated":      recreated,
		"many":           many,
		"leak":           leak,
		"exhaust":        exhaustion,
		"recover":        afterwards,
		"closed":         closed,
		"stale":          stale,
		"sync":           syncHandle,
		"fd-append":      fdAppend,
		"new-file":       newFile,
		"parallel":       parallel,
		"deadline":       deadline,
		"truncated-open": truncatedOpen,
	})
}

// twoHandles writes through one handle and reads through another, each with an offset of its own.
func twoHandles(args []string) {
	reader, writer := open(args[0], os.O_RDONLY), open(args[0], os.O_RDWR)
	say("reader:", take(reader, 2))
	put(writer, "HELLO")
	say("reader:", take(reader, 100))
	say("writer:", take(writer, 100))
}

// unlinked removes a file that is open, and goes on reading and writing it.
func unlinked(args []string) {
	file := open(args[0], os.O_RDWR)
	say("remove:", kind(os.Remove(args[0])))
	holds(args[0])
	say("read:", take(file, 3))
	put(file, "more")
	say("start:", to(file, 0, io.SeekStart))
	say("read:", take(file, 100))
	info, err := file.Stat()
	check(err)
	say("size:", strconv.FormatInt(info.Size(), 10))
	say("close:", kind(file.Close()))
}

// renamed renames a file that is open, and goes on writing it.
func renamed(args []string) {
	file := open(args[0], os.O_RDWR)
	put(file, "HE")
	say("rename:", kind(os.Rename(args[0], "renamed")))
	put(file, "LL")
	check(file.Close())
	holds(args[0])
	holds("renamed")
}

// replaced renames another file over one that is open: the handle keeps the old one, the name leads to the new one.
func replaced(args []string) {
	file := open(args[0], os.O_RDONLY)
	fill("new", "new\n")
	say("rename:", kind(os.Rename("new", args[0])))
	say("handle:", take(file, 100))
	holds(args[0])
}

// recreated removes a file that is open and makes one of the same name.
func recreated(args []string) {
	file := open(args[0], os.O_RDWR)
	check(os.Remove(args[0]))
	fill(args[0], "new\n")
	put(file, "OLD")
	say("handle:", take(file, 100))
	check(file.Close())
	holds(args[0])
}

// many has 200 files open at once and reads from each what was written to it.
func many(args []string) {
	files, wrong := make([]*os.File, 200), 0
	for i := range files {
		files[i] = open("file"+strconv.Itoa(i), os.O_CREATE|os.O_RDWR)
		put(files[i], "content "+strconv.Itoa(i))
	}
	for i, file := range files {
		_, err := file.Seek(0, io.SeekStart)
		check(err)
		if take(file, 100) != strconv.Quote("content "+strconv.Itoa(i)) {
			wrong++
		}
	}
	for _, file := range files {
		check(file.Close())
	}
	say(strconv.Itoa(len(files)), "open,", strconv.Itoa(wrong), "wrong")
}

// leak opens and closes a file 1,100 times, more often than the harness lets a process have files open.
func leak(args []string) {
	for i := 0; i < 1100; i++ {
		file, err := os.Open(args[0])
		if err == nil {
			err = file.Close()
		}
		if err != nil {
			say("refused after", strconv.Itoa(i))
			return
		}
	}
	say("done")
}

// exhaust opens a file again and again, until that is refused or it is open 1,100 times, and closes all of them. It gives
// how many times Close was refused, and the error of opening.
func exhaust(name string) (wrong int, err error) {
	var files []*os.File
	for err == nil && len(files) < 1100 {
		var file *os.File
		if file, err = os.Open(name); err == nil {
			files = append(files, file)
		}
	}
	for _, file := range files {
		if file.Close() != nil {
			wrong++
		}
	}
	return wrong, err
}

// exhaustion prints the error that comes of having too many files open.
func exhaustion(args []string) {
	_, err := exhaust(args[0])
	check(err)
	say("1100 open")
}

// afterwards has too many files open, closes them all, and opens one more.
func afterwards(args []string) {
	wrong, _ := exhaust(args[0])
	say("close:", strconv.Itoa(wrong), "refused")
	holds(args[0])
}

// closed prints what comes of each operation on a file that is closed.
func closed(args []string) {
	file := open(args[0], os.O_RDWR)
	say("close:", kind(file.Close()))
	_, err := file.Read(make([]byte, 1))
	say("read:", kind(err))
	_, err = file.ReadAt(make([]byte, 1), 0)
	say("read at:", kind(err))
	_, err = file.Write([]byte("x"))
	say("write:", kind(err))
	_, err = file.WriteAt([]byte("x"), 0)
	say("write at:", kind(err))
	_, err = file.Seek(0, io.SeekStart)
	say("seek:", kind(err))
	say("truncate:", kind(file.Truncate(0)))
	say("sync:", kind(file.Sync()))
	_, err = file.Stat()
	say("stat:", kind(err))
	say("close:", kind(file.Close()))
	holds(args[0])
}

// stale closes a file and opens another, which may get the same descriptor, and then uses both.
func stale(args []string) {
	old := open(args[0], os.O_RDWR)
	check(old.Close())
	file := open("other", os.O_CREATE|os.O_RDWR)
	_, err := old.Write([]byte("stale"))
	say("write:", kind(err))
	say("close:", kind(old.Close()))
	put(file, "fresh")
	check(file.Close())
	holds(args[0])
	holds("other")
}

// syncHandle prints what comes of Sync on a handle with the flags given, after a write if they allow one.
func syncHandle(args []string) {
	flags := together(args[1:])
	file := open(args[0], flags)
	if flags&(os.O_WRONLY|os.O_RDWR) != 0 {
		put(file, "synced")
	}
	say("sync:", kind(file.Sync()))
	check(file.Close())
}

// fdAppend asks for the descriptor, at which Go takes the file out of non-blocking mode and must not lose O_APPEND.
func fdAppend(args []string) {
	file := open(args[0], os.O_RDWR|os.O_APPEND)
	file.Fd()
	say("start:", to(file, 0, io.SeekStart))
	put(file, "end")
	check(file.Close())
	holds(args[0])
}

// newFile makes a second *os.File of the same descriptor: both share its offset.
func newFile(args []string) {
	file := open(args[0], os.O_RDONLY)
	second := os.NewFile(file.Fd(), "second")
	say("first:", take(file, 2))
	say("second:", take(second, 2), second.Name())
	say("first:", take(file, 100))
	check(file.Close())
	_, err := second.Read(make([]byte, 1))
	say("second, after the first is closed:", refusal(err))
}

// parallel lets ten goroutines read and write parts of one file at their own offsets.
func parallel(args []string) {
	file := open(args[0], os.O_CREATE|os.O_RDWR)
	var group sync.WaitGroup
	for i := 0; i < 10; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			for j := 0; j < 100; j++ {
				at, text := int64(10*j+i), []byte{byte('0' + i)}
				if _, err := file.WriteAt(text, at); err != nil {
					say("write at:", kind(err))
				}
				back := make([]byte, 1)
				if _, err := file.ReadAt(back, at); err != nil || back[0] != text[0] {
					say("read at:", strconv.Quote(string(back)), kind(err))
				}
			}
		}(i)
	}
	group.Wait()
	say("read:", take(file, 20))
	sized(args[0])
}

// deadline prints the error of setting a deadline on a regular file.
func deadline(args []string) {
	file := open(args[0], os.O_RDONLY)
	check(file.SetDeadline(time.Now().Add(time.Hour)))
	say("set")
}

// truncatedOpen opens a file with O_TRUNC while another handle reads it.
func truncatedOpen(args []string) {
	reader := open(args[0], os.O_RDONLY)
	say("read:", take(reader, 2))
	writer := open(args[0], os.O_WRONLY|os.O_TRUNC)
	say("read:", count(reader.Read(make([]byte, 10))))
	put(writer, "abcdef")
	say("read:", take(reader, 100))
}
