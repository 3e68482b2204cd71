// File opens, reads, writes and looks at files below the working directory.
package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){}

// register adds the probes of one file of this program.
func register(more map[string]func(args []string)) {
	for name, probe := range more {
		probes[name] = probe
	}
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("file: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// say prints one line.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// check ends the program with an observation when a step fails that a probe cannot go on without.
func check(err error) {
	if err != nil {
		say("error:", err.Error())
		os.Exit(0)
	}
}

// kind names which of the documented kinds an error is; one that is of none of them is "refused".
func kind(err error) string {
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, io.EOF):
		return "io.EOF"
	case errors.Is(err, fs.ErrNotExist):
		return "fs.ErrNotExist"
	case errors.Is(err, fs.ErrExist):
		return "fs.ErrExist"
	case errors.Is(err, fs.ErrClosed):
		return "fs.ErrClosed"
	case errors.Is(err, fs.ErrInvalid):
		return "fs.ErrInvalid"
	}
	return "refused"
}

// refusal says only whether there was an error, where its kind is left open.
func refusal(err error) string {
	if err != nil {
		return "refused"
	}
	return "done"
}

// count is a number of bytes and what came with it.
func count(n int, err error) string {
	return strconv.Itoa(n) + " bytes, " + kind(err)
}

// holds prints what a file holds.
func holds(name string) {
	data, err := os.ReadFile(name)
	if err != nil {
		say("holds:", kind(err))
		return
	}
	say("holds:", strconv.Quote(string(data)))
}

// sized prints how long a file is.
func sized(name string) {
	info, err := os.Stat(name)
	check(err)
	say("size:", strconv.FormatInt(info.Size(), 10))
}

// fill makes text a new file's whole content.
func fill(name, text string) {
	check(os.WriteFile(name, []byte(text), 0o644))
}

// open opens a file that must be there.
func open(name string, flags int) *os.File {
	file, err := os.OpenFile(name, flags, 0o644)
	check(err)
	return file
}

// put writes text to a file.
func put(file *os.File, text string) {
	_, err := file.WriteString(text)
	check(err)
}

// take reads n bytes, or what there is.
func take(file io.Reader, n int) string {
	data := make([]byte, n)
	got, err := io.ReadFull(file, data)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	check(err)
	return strconv.Quote(string(data[:got]))
}
