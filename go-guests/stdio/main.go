// Stdio reads stdin and writes stdout and stderr.
package main

import (
	"bufio"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"strings"
)

// probes maps the first argument to what is done with the three streams.
var probes = map[string]func(args []string){
	"count":         count,
	"copy":          copyThrough,
	"lines":         lines,
	"first-line":    firstLine,
	"reads":         reads,
	"read-closed":   readClosed,
	"kind":          kind,
	"deadline":      deadline,
	"idle":          idle,
	"tick":          tick,
	"tick-and-read": tickAndRead,
	"fill":          fill,
	"bytes":         allBytes,
	"by-one":        byOne,
	"both":          both,
	"stderr":        stderrTwoWays,
	"write-nothing": writeNothing,
	"write-closed":  writeClosed,
	"sync":          syncStdout,
	"seek":          seekStdout,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("stdio: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// say prints one line in one write.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// describe is the text of an error, or "no error".
func describe(err error) string {
	if err == nil {
		return "no error"
	}
	return "error: " + err.Error()
}

// count reads stdin to its end and prints its length and checksum.
func count([]string) {
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, os.Stdin)
	if err != nil {
		say(describe(err))
		return
	}
	say(strconv.FormatInt(n, 10), "bytes, crc32", strconv.FormatUint(uint64(sum.Sum32()), 16))
}

// copyThrough copies stdin to stdout.
func copyThrough([]string) {
	if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
		say(describe(err))
	}
}

// lines answers each line of stdin with a line of its own as soon as it was read.
func lines([]string) {
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		say("got", strconv.Quote(scanner.Text()))
	}
	say("end:", describe(scanner.Err()))
}

// firstLine reads one line and leaves the rest of stdin alone.
func firstLine([]string) {
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	say(strconv.Quote(line)+",", describe(err))
}

// reads calls Read three times on a buffer larger than the input.
func reads([]string) {
	for i := 0; i < 3; i++ {
		buf := make([]byte, 100)
		n, err := os.Stdin.Read(buf)
		say(strconv.Quote(string(buf[:n]))+",", describe(err))
	}
}

// readClosed reads from stdin after closing it.
func readClosed([]string) {
	err := os.Stdin.Close()
	_, readErr := os.Stdin.Read(make([]byte, 1))
	say(describe(err)+",", describe(readErr))
}

// kind prints the type letters of stdin's mode: p for a pipe, Dc for a character device, S for a socket, and
// none for a regular file.
func kind([]string) {
	info, err := os.Stdin.Stat()
	if err != nil {
		say(describe(err))
		return
	}
	say("type", strconv.Quote(strings.TrimRight(info.Mode().Type().String(), "-")))
}

// fill writes as many lines of sixteen bytes as its argument says, in writes of 64 KiB.
func fill(args []string) {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		println("stdio: not a number:", args[0])
		os.Exit(99)
	}
	out := bufio.NewWriterSize(os.Stdout, 64<<10)
	for i := 0; i < n; i++ {
		out.WriteString("0123456789abcde\n")
	}
	if err := out.Flush(); err != nil {
		println("stdio:", err.Error())
		os.Exit(1)
	}
}

// allBytes writes each byte value once, in order.
func allBytes([]string) {
	var all [256]byte
	for i := range all {
		all[i] = byte(i)
	}
	os.Stdout.Write(all[:])
}

// byOne writes its argument a thousand times, each in a write of its own.
func byOne(args []string) {
	for i := 0; i < 1000; i++ {
		os.Stdout.WriteString(args[0])
	}
}

// both writes numbered lines to stdout and stderr in turn.
func both([]string) {
	for i := 0; i < 5; i++ {
		os.Stdout.WriteString("out " + strconv.Itoa(i) + "\n")
		os.Stderr.WriteString("err " + strconv.Itoa(i) + "\n")
	}
}

// stderrTwoWays writes to stderr through the os package and through the run-time's own println in turn.
func stderrTwoWays([]string) {
	os.Stderr.WriteString("one\n")
	println("two")
	os.Stderr.WriteString("three\n")
	print("four", "\n")
}

// writeNothing writes no bytes to stdout.
func writeNothing([]string) {
	n, err := os.Stdout.Write(nil)
	say(strconv.Itoa(n)+",", describe(err))
}

// writeClosed writes to stdout after closing it, and says so on stderr.
func writeClosed([]string) {
	say("before")
	os.Stdout.Close()
	_, err := os.Stdout.WriteString("after\n")
	println(describe(err))
}

// syncStdout prints what Sync says about stdout.
func syncStdout([]string) { say(describe(os.Stdout.Sync())) }

// seekStdout prints what Seek says about stdout.
func seekStdout([]string) {
	_, err := os.Stdout.Seek(0, io.SeekCurrent)
	say(describe(err))
}
