package main

import (
	"io"
	"os"
	"strconv"
)

func init() {
	register(map[string]func(args []string){
		"seek":        seek,
		"seek-tail":   seekTail,
		"seek-before": seekBefore,
		"seek-whence": seekWhence,
		"seek-past":   seekPast,
		"seek-append": seekAppend,
		"seek-far":    seekFar,
		"seek-limit":  seekLimit,
		"truncate":    truncate,
		"truncate-by": truncateHandle,
		"truncate-at": truncateKeepsOffset,
		"cut-append":  cutAppend,
		"cut-below":   cutBelow,
		"sparse":      sparse,
	})
}

// to moves a file's offset and says where it is.
func to(file *os.File, offset int64, whence int) string {
	at, err := file.Seek(offset, whence)
	if err != nil {
		return "refused"
	}
	return strconv.FormatInt(at, 10)
}

// seek moves about in a file of six bytes and prints each offset, and what is read last.
func seek(args []string) {
	file := open(args[0], os.O_RDONLY)
	say("start:", to(file, 4, io.SeekStart))
	say("forward:", to(file, 1, io.SeekCurrent))
	say("back:", to(file, -3, io.SeekCurrent))
	say("read:", take(file, 2))
	say("here:", to(file, 0, io.SeekCurrent))
	say("end:", to(file, 0, io.SeekEnd))
	say("start:", to(file, 0, io.SeekStart))
	say("read:", take(file, 100))
}

// seekTail reads the last three bytes of a file.
func seekTail(args []string) {
	file := open(args[0], os.O_RDONLY)
	say("end:", to(file, -3, io.SeekEnd))
	say("read:", take(file, 100))
}

// seekBefore seeks to before the start in each way, and then prints where the file's offset is.
func seekBefore(args []string) {
	file := open(args[0], os.O_RDONLY)
	say("at:", to(file, 2, io.SeekStart))
	say("start:", to(file, -1, io.SeekStart))
	say("current:", to(file, -3, io.SeekCurrent))
	say("end:", to(file, -7, io.SeekEnd))
	say("at:", to(file, 0, io.SeekCurrent))
}

// seekWhence seeks from a place there is none of, and then prints where the file's offset is.
func seekWhence(args []string) {
	file := open(args[0], os.O_RDONLY)
	say("at:", to(file, 2, io.SeekStart))
	say("whence 9:", to(file, 0, 9))
	say("whence -1:", to(file, 0, -1))
	say("at:", to(file, 0, io.SeekCurrent))
}

// seekPast seeks past the end, which does not make the file longer, and writes there, which does.
func seekPast(args []string) {
	file := open(args[0], os.O_RDWR)
	say("past:", to(file, 4, io.SeekEnd))
	sized(args[0])
	put(file, "far")
	check(file.Close())
	holds(args[0])
}

// seekAppend seeks to the start of a file opened for appending, writes, and prints where that left the offset.
func seekAppend(args []string) {
	file := open(args[0], os.O_RDWR|os.O_APPEND)
	say("start:", to(file, 0, io.SeekStart))
	put(file, "end")
	say("here:", to(file, 0, io.SeekCurrent))
	check(file.Close())
	holds(args[0])
}

// seekFar writes one byte beyond 4 GiB, where an offset of 32 bits would fall on the file's first bytes.
func seekFar(args []string) {
	const far = 1<<32 + 2
	file := open(args[0], os.O_CREATE|os.O_RDWR)
	put(file, "near")
	say("far:", to(file, far, io.SeekStart))
	put(file, "x")
	say("write at:", count(file.WriteAt([]byte("y"), far+1)))
	sized(args[0])
	say("start:", to(file, 0, io.SeekStart))
	say("read:", take(file, 4))
	buffer := make([]byte, 4)
	n, err := file.ReadAt(buffer, far-1)
	say("read at:", strconv.Quote(string(buffer[:n])), kind(err))
	say("from the end:", to(file, -2, io.SeekEnd))
	say("read:", take(file, 10))
	check(file.Close())
	check(os.Remove(args[0]))
}

// seekLimit seeks to the largest offset there is, and by so much more that the sum is none.
func seekLimit(args []string) {
	file := open(args[0], os.O_RDONLY)
	say(to(file, 1<<63-1, io.SeekStart), to(file, 1<<63-1, io.SeekEnd))
}

// truncate gives a file a new size by its name.
func truncate(args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	check(err)
	say("truncate:", kind(os.Truncate(args[0], size)))
	holds(args[0])
}

// truncateHandle gives a file a new size through a handle opened with the flags that follow.
func truncateHandle(args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	check(err)
	file := open(args[0], together(args[2:]))
	say("truncate:", kind(file.Truncate(size)))
	check(file.Close())
	holds(args[0])
}

// truncateKeepsOffset cuts a file below its offset and writes on.
func truncateKeepsOffset(args []string) {
	file := open(args[0], os.O_RDWR)
	put(file, "HELL")
	check(file.Truncate(2))
	say("here:", to(file, 0, io.SeekCurrent))
	put(file, "O")
	check(file.Close())
	holds(args[0])
}

// cutAppend empties a file opened for appending and writes on.
func cutAppend(args []string) {
	file := open(args[0], os.O_WRONLY|os.O_APPEND)
	put(file, "lost")
	check(file.Truncate(0))
	put(file, "kept")
	check(file.Close())
	holds(args[0])
}

// cutBelow lets one handle read from a file that another one has cut below its offset.
func cutBelow(args []string) {
	reader := open(args[0], os.O_RDONLY)
	say("read:", take(reader, 4))
	check(os.Truncate(args[0], 1))
	say("read:", count(reader.Read(make([]byte, 10))))
	say("here:", to(reader, 0, io.SeekCurrent))
}

// sparse makes a file of 5 GiB that holds nothing, reads at its end, and cuts it again.
func sparse(args []string) {
	file := open(args[0], os.O_CREATE|os.O_RDWR)
	check(file.Truncate(5 << 30))
	sized(args[0])
	buffer := make([]byte, 4)
	n, err := file.ReadAt(buffer, 5<<30-2)
	say("read at:", strconv.Quote(string(buffer[:n])), kind(err))
	check(file.Truncate(3))
	sized(args[0])
	check(file.Close())
	check(os.Remove(args[0]))
}
