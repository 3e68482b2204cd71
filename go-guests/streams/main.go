// Streams looks at what its standard streams are connected to, and what reading and writing there comes to.
//
// The argument after the probe's name says where it reports: stdout, stderr, or the path of a file.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// probes maps the first argument to what is done with the streams.
var probes = map[string]func(report *os.File, args []string){
	"nothing":    nothing,
	"exit":       exit,
	"panic":      panics,
	"kind":       kind,
	"device":     device,
	"size":       size,
	"write":      write,
	"write-file": writeFile,
	"fill":       fill,
	"alternate":  alternate,
	"overwrite":  overwrite,
	"offset":     offset,
	"sync":       sync,
	"read":       read,
	"read-line":  readLine,
	"read-at":    readAt,
	"read-file":  readFile,
	"lines":      lines,
	"count":      count,
	"answer":     answer,
}

func main() {
	if len(os.Args) < 3 || probes[os.Args[1]] == nil {
		println("streams: unknown probe")
		os.Exit(99)
	}
	outliveBrokenPipes()
	probes[os.Args[1]](named(os.Args[2]), os.Args[3:])
}

// named is a standard stream by its name, or a new file at a path.
func named(name string) *os.File {
	switch name {
	case "stdin":
		return os.Stdin
	case "stdout":
		return os.Stdout
	case "stderr":
		return os.Stderr
	}
	file, err := os.Create(name)
	if err != nil {
		println("streams:", err.Error())
		os.Exit(99)
	}
	return file
}

// number is an argument that is a number.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		println("streams: not a number:", text)
		os.Exit(99)
	}
	return n
}

// say writes one line in one write.
func say(report *os.File, words ...string) {
	report.WriteString(strings.Join(words, " ") + "\n")
}

// describe is "no error", the name of an error number that the cases speak of, or the text of an error.
func describe(err error) string {
	names := map[syscall.Errno]string{
		syscall.EPIPE: "EPIPE", syscall.ENOSPC: "ENOSPC", syscall.EBADF: "EBADF", syscall.EAGAIN: "EAGAIN",
		syscall.ESPIPE: "ESPIPE",
	}
	var errno syscall.Errno
	switch {
	case err == nil:
		return "no error"
	case errors.As(err, &errno) && names[errno] != "":
		return "error: " + names[errno]
	}
	return "error: " + err.Error()
}

// nothing reads nothing and writes nothing.
func nothing(*os.File, []string) {}

// exit reads as many bytes from stdin as its first argument says, and exits with the code that is its second.
func exit(_ *os.File, args []string) {
	io.ReadFull(os.Stdin, make([]byte, number(args[0])))
	os.Exit(number(args[1]))
}

// panics panics.
func panics(*os.File, []string) { panic("on purpose") }

// kind prints the type letters of a stream's mode: p for a pipe, Dc for a character device, S for a socket, and
// none for a regular file.
func kind(report *os.File, args []string) {
	info, err := named(args[0]).Stat()
	if err != nil {
		say(report, describe(err))
		return
	}
	say(report, "type", strconv.Quote(strings.TrimRight(info.Mode().Type().String(), "-")))
}

// device prints what programs ask before they use colours: whether a stream is a character device or a regular file.
func device(report *os.File, args []string) {
	info, err := named(args[0]).Stat()
	switch {
	case err != nil:
		say(report, describe(err))
	case info.Mode()&os.ModeCharDevice != 0:
		say(report, "device")
	case info.Mode().IsRegular():
		say(report, "regular")
	default:
		say(report, "neither")
	}
}

// size prints the size of the file that a stream is.
func size(report *os.File, args []string) {
	info, err := named(args[0]).Stat()
	if err != nil {
		say(report, describe(err))
		return
	}
	say(report, strconv.FormatInt(info.Size(), 10), "bytes")
}

// write writes a text to a stream in one write, and prints what that comes to.
func write(report *os.File, args []string) {
	n, err := named(args[0]).WriteString(args[1])
	say(report, strconv.Itoa(n), "bytes,", describe(err))
}

// writeFile writes a text to a stream and another one to the file in which it reports, which it has open meanwhile.
func writeFile(report *os.File, args []string) {
	named(args[0]).WriteString(args[1])
	report.WriteString(args[2])
	named(args[0]).WriteString(args[1])
	report.Close()
}

// fill writes so many blocks of 64 KiB to a stream, until a write fails. Of a failure it prints only the error,
// because how many bytes went before it depends on the reader.
func fill(report *os.File, args []string) {
	block := bytes.Repeat([]byte("0123456789abcde\n"), 4<<10)
	for left := number(args[1]); left > 0; left-- {
		n, err := named(args[0]).Write(block)
		if err != nil {
			say(report, describe(err))
			os.Exit(3)
		}
		if n != len(block) {
			say(report, "a short write without an error")
			os.Exit(4)
		}
	}
	say(report, "all written")
}

// alternate writes numbered lines to stdout and stderr in turn.
func alternate(*os.File, []string) {
	for i := 0; i < 5; i++ {
		say(os.Stdout, "out", strconv.Itoa(i))
		say(os.Stderr, "err", strconv.Itoa(i))
	}
}

// overwrite writes its first text to stdout, goes back to the beginning, and writes its second text.
func overwrite(report *os.File, args []string) {
	os.Stdout.WriteString(args[0])
	_, err := os.Stdout.Seek(0, io.SeekStart)
	os.Stdout.WriteString(args[1])
	say(report, describe(err))
}

// offset prints where a stream is in its file.
func offset(report *os.File, args []string) {
	at, err := named(args[0]).Seek(0, io.SeekCurrent)
	if err != nil {
		say(report, describe(err))
		return
	}
	say(report, "at", strconv.FormatInt(at, 10))
}

// sync writes a line to stdout, and prints what Sync says of it.
func sync(report *os.File, _ []string) {
	os.Stdout.WriteString("synced\n")
	say(report, describe(os.Stdout.Sync()))
}

// read reads at most so many bytes in one read, as often as it is told.
func read(report *os.File, args []string) {
	for left := number(args[1]); left > 0; left-- {
		buf := make([]byte, number(args[0]))
		n, err := os.Stdin.Read(buf)
		say(report, strconv.Quote(string(buf[:n]))+",", describe(err))
	}
}

// readLine reads byte by byte to the end of the first line, as a shell does that leaves the rest to others.
func readLine(report *os.File, _ []string) {
	var line []byte
	one := make([]byte, 1)
	for {
		n, err := os.Stdin.Read(one)
		if err != nil {
			say(report, strconv.Quote(string(line))+",", describe(err))
			return
		}
		line = append(line, one[:n]...)
		if bytes.HasSuffix(line, []byte("\n")) {
			say(report, strconv.Quote(string(line)))
			return
		}
	}
}

// readAt reads so many bytes at the beginning of stdin's file.
func readAt(report *os.File, args []string) {
	buf := make([]byte, number(args[0]))
	n, err := os.Stdin.ReadAt(buf, 0)
	say(report, strconv.Quote(string(buf[:n]))+",", describe(err))
}

// readFile opens a file and then reads from stdin, and prints how many bytes stdin gave.
func readFile(report *os.File, args []string) {
	file, err := os.Open(args[0])
	if err != nil {
		say(report, describe(err))
		return
	}
	defer file.Close()
	n, _ := os.Stdin.Read(make([]byte, 100))
	say(report, strconv.Itoa(max(n, 0)), "bytes")
}

// lines answers each line of stdin as soon as it was read.
func lines(report *os.File, _ []string) {
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		say(report, "got", strconv.Quote(scanner.Text()))
	}
	say(report, "end:", describe(scanner.Err()))
}

// count reads stdin to its end and prints how many bytes there were.
func count(report *os.File, _ []string) {
	n, err := io.Copy(io.Discard, os.Stdin)
	say(report, strconv.FormatInt(n, 10), "bytes,", describe(err))
}

// answer says that it waits, reads once, and prints what came.
func answer(report *os.File, _ []string) {
	say(report, "waiting")
	read(report, []string{"100", "1"})
}
