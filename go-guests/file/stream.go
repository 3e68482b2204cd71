package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
)

func init() {
	register(map[string]func(args []string){
		"copy":       copyBetween,
		"read-from":  readFrom,
		"lines":      lines,
		"long-line":  longLine,
		"unflushed":  unflushed,
		"append-two": appendTwo,
		"tail":       tail,
	})
}

// copyBetween copies 1 MiB from one file to another with io.Copy.
func copyBetween(args []string) {
	data := megabytes()[:1<<20]
	check(os.WriteFile(args[0], data, 0o644))
	from, to := open(args[0], os.O_RDONLY), open(args[1], os.O_CREATE|os.O_WRONLY)
	n, err := io.Copy(to, from)
	say("copy:", count(int(n), err))
	check(from.Close())
	check(to.Close())
	back, err := os.ReadFile(args[1])
	check(err)
	say("the same:", strconv.FormatBool(bytes.Equal(data, back)))
	check(os.Remove(args[0]))
	check(os.Remove(args[1]))
}

// readFrom lets a file opened for appending read from a file that stands in its middle.
func readFrom(args []string) {
	fill(args[0], "0123456789")
	from := open(args[0], os.O_RDONLY)
	say("skip:", take(from, 4))
	to := open(args[1], os.O_WRONLY|os.O_APPEND)
	n, err := to.ReadFrom(io.LimitReader(from, 3))
	say("read from:", count(int(n), err))
	say("left:", take(from, 100))
	check(to.Close())
	holds(args[1])
}

// lines writes lines through a bufio.Writer and reads them back with a bufio.Scanner.
func lines(args []string) {
	file := open(args[0], os.O_CREATE|os.O_RDWR)
	writer := bufio.NewWriter(file)
	for i := 0; i < 2000; i++ {
		_, err := writer.WriteString("line " + strconv.Itoa(i) + "\n")
		check(err)
	}
	check(writer.Flush())
	_, err := file.Seek(0, io.SeekStart)
	check(err)
	scanner, n, wrong := bufio.NewScanner(file), 0, 0
	for ; scanner.Scan(); n++ {
		if scanner.Text() != "line "+strconv.Itoa(n) {
			wrong++
		}
	}
	say(strconv.Itoa(n), "lines,", strconv.Itoa(wrong), "wrong,", kind(scanner.Err()))
	check(file.Close())
	check(os.Remove(args[0]))
}

// longLine reads a line of 300,000 bytes between two short ones, the last without its newline.
func longLine(args []string) {
	fill(args[0], "short\n"+strings.Repeat("long", 75000)+"\nend")
	file := open(args[0], os.O_RDONLY)
	reader := bufio.NewReader(file)
	for {
		line, err := reader.ReadString('\n')
		say(count(len(line), err))
		if err != nil {
			break
		}
	}
	check(file.Close())
	check(os.Remove(args[0]))
}

// unflushed prints a file's size before and after a bufio.Writer over it is flushed, while it is still open.
func unflushed(args []string) {
	file := open(args[0], os.O_CREATE|os.O_WRONLY)
	writer := bufio.NewWriter(file)
	_, err := writer.WriteString("held back")
	check(err)
	sized(args[0])
	check(writer.Flush())
	sized(args[0])
}

// appendTwo appends in turn through two handles on one file.
func appendTwo(args []string) {
	one, two := open(args[0], os.O_WRONLY|os.O_APPEND), open(args[0], os.O_WRONLY|os.O_APPEND)
	put(one, "1")
	put(two, "2")
	put(one, "3")
	put(two, "4")
	check(one.Close())
	check(two.Close())
	holds(args[0])
}

// tail reads a file to its end, lets another handle append, and reads on.
func tail(args []string) {
	reader := open(args[0], os.O_RDONLY)
	say("read:", take(reader, 100))
	say("end:", count(reader.Read(make([]byte, 10))))
	writer := open(args[0], os.O_WRONLY|os.O_APPEND)
	put(writer, "more")
	say("read:", take(reader, 100))
}
