// Special tries what is neither a file nor a folder: pipes and sockets that have a name in a folder.
package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// probes maps the first argument to what is observed of the paths after it.
var probes = map[string]func(args []string){
	"kinds":    kinds,
	"list":     list,
	"walk":     walk,
	"open":     open,
	"converse": converse,
	"seek":     seek,
	"remove":   remove,
	"rename":   rename,
	"link":     link,
	"times":    times,
	"create":   create,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("special: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// say prints one line.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// kinds prints what Lstat says each path is.
func kinds(args []string) {
	for _, path := range args {
		info, err := os.Lstat(path)
		if err != nil {
			say(path+":", failure(err))
			continue
		}
		say(path+":", kindOf(info.Mode()))
	}
}

// kindOf is a mode's type, in words.
func kindOf(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return "regular"
	case fs.ModeDir:
		return "directory"
	case fs.ModeNamedPipe:
		return "pipe"
	case fs.ModeSocket:
		return "socket"
	}
	return mode.Type().String()
}

// list prints the names in a folder.
func list(args []string) {
	entries, err := os.ReadDir(args[0])
	for _, entry := range entries {
		say(entry.Name())
	}
	if err != nil {
		say(failure(err))
	}
}

// walk prints the paths below a folder, and opens none but folders.
func walk(args []string) {
	err := fs.WalkDir(os.DirFS(args[0]), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			say(path)
		}
		return err
	})
	say("walked:", failure(err))
}

// open opens a path for reading, and closes it.
func open(args []string) {
	file, err := os.Open(args[0])
	if err != nil {
		say("open:", failure(err))
		return
	}
	say("open: done")
	say("close:", failure(file.Close()))
}

// converse reads from a pipe what it has written there. Of the three handles the first reads and writes: Linux opens that
// one, and then the others, without waiting for anybody.
func converse(args []string) {
	var handles [3]*os.File
	for i, flag := range []int{os.O_RDWR, os.O_RDONLY, os.O_WRONLY} {
		file, err := os.OpenFile(args[0], flag, 0)
		if err != nil {
			say("open:", failure(err))
			return
		}
		handles[i] = file
	}
	both, reader, writer := handles[0], handles[1], handles[2]
	n, err := writer.WriteString("hello")
	say("write:", strconv.Itoa(n), "bytes,", failure(err))
	data := make([]byte, 8)
	n, err = reader.Read(data)
	say("read:", strconv.Quote(string(data[:n])), failure(err))
	say("close:", failure(both.Close()), failure(writer.Close()))
	n, err = reader.Read(data)
	say("read:", strconv.Quote(string(data[:n])), failure(err))
}

// seek looks for the offset of a pipe, which has none.
func seek(args []string) {
	file, err := os.OpenFile(args[0], os.O_RDWR, 0)
	if err != nil {
		say("open:", failure(err))
		return
	}
	_, err = file.Seek(0, io.SeekCurrent)
	say("seek:", failure(err))
}

// remove removes a path and looks for it.
func remove(args []string) {
	say("remove:", failure(os.Remove(args[0])))
	_, err := os.Lstat(args[0])
	say("after:", failure(err))
}

// rename renames a path and looks for both names.
func rename(args []string) {
	say("rename:", failure(os.Rename(args[0], args[1])))
	for _, path := range args[:2] {
		_, err := os.Lstat(path)
		say(path+":", failure(err))
	}
}

// link gives what is at a path a second name, and compares the two.
func link(args []string) {
	say("link:", failure(os.Link(args[0], args[1])))
	say("same:", same(args[0], args[1]))
}

// same says whether two paths are names of the same.
func same(a, b string) string {
	first, err := os.Lstat(a)
	if err != nil {
		return failure(err)
	}
	second, err := os.Lstat(b)
	if err != nil {
		return failure(err)
	}
	return strconv.FormatBool(os.SameFile(first, second))
}

// times sets when what is at a path was last changed, and reads that.
func times(args []string) {
	when := time.Unix(1_000_000_000, 0)
	say("set:", failure(os.Chtimes(args[0], when, when)))
	info, err := os.Lstat(args[0])
	if err != nil {
		say("then:", failure(err))
		return
	}
	say("then:", strconv.FormatInt(info.ModTime().Unix(), 10))
}

// create makes a new file of a name that is taken.
func create(args []string) {
	file, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	say("create:", failure(err))
	if err == nil {
		file.Close()
	}
}

// failure names the errors that POSIX has for special files; Go's own texts differ between systems.
func failure(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return "no error"
	case err == io.EOF:
		return "end of file"
	case errors.Is(err, fs.ErrNotExist):
		return "there is none"
	case errors.Is(err, fs.ErrExist):
		return "there is one"
	case errors.As(err, &errno) && errno == syscall.ENXIO:
		return "ENXIO"
	case errors.As(err, &errno) && errno == syscall.EOPNOTSUPP:
		return "EOPNOTSUPP"
	case errors.As(err, &errno) && errno == syscall.ESPIPE:
		return "ESPIPE"
	}
	return "error: " + err.Error()
}
