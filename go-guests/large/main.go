// Large works in files of many gigabytes, of which nothing is stored, and in folders with many entries.
package main

import (
	"bytes"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
)

// probes maps the first argument to what is observed of the path after it.
var probes = map[string]func(path string, args []string){
	"size":     size,
	"end":      end,
	"read":     read,
	"sum":      sum,
	"write":    write,
	"append":   appendTo,
	"grow":     grow,
	"truncate": truncate,
	"names":    names,
	"pieces":   pieces,
	"open-all": openAll,
	"empty":    empty,
	"add":      add,
}

func main() {
	if len(os.Args) < 3 || probes[os.Args[1]] == nil {
		println("large: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2], os.Args[3:])
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

// number is an argument as a number.
func number(arg string) int64 {
	n, err := strconv.ParseInt(arg, 10, 64)
	check(err)
	return n
}

func open(path string, flags int) *os.File {
	file, err := os.OpenFile(path, flags, 0o644)
	check(err)
	return file
}

// size prints a file's size by its name and by a handle.
func size(path string, _ []string) {
	info, err := os.Stat(path)
	check(err)
	say("by name:", strconv.FormatInt(info.Size(), 10))
	info, err = open(path, os.O_RDONLY).Stat()
	check(err)
	say("by handle:", strconv.FormatInt(info.Size(), 10))
}

// end seeks to a distance from the end of a file.
func end(path string, args []string) {
	at, err := open(path, os.O_RDONLY).Seek(number(args[0]), io.SeekEnd)
	check(err)
	say("at", strconv.FormatInt(at, 10))
}

// read reads 8 bytes at an offset, and 8 bytes after seeking there.
func read(path string, args []string) {
	file := open(path, os.O_RDONLY)
	data := make([]byte, 8)
	n, err := file.ReadAt(data, number(args[0]))
	say("read at:", told(data[:n], err))
	_, err = file.Seek(number(args[0]), io.SeekStart)
	check(err)
	n, err = file.Read(data)
	say("read:", told(data[:n], err))
}

func told(data []byte, err error) string {
	if err != nil {
		return strconv.Quote(string(data)) + ", " + err.Error()
	}
	return strconv.Quote(string(data))
}

// sum reads a file from an offset, a megabyte at a time, and counts the bytes that are zero and those that are not.
func sum(path string, args []string) {
	file := open(path, os.O_RDONLY)
	_, err := file.Seek(number(args[0]), io.SeekStart)
	check(err)
	data := make([]byte, 1<<20)
	zeros, others := 0, 0
	for {
		n, err := file.Read(data)
		here := bytes.Count(data[:n], []byte{0})
		zeros, others = zeros+here, others+n-here
		if err == io.EOF {
			break
		}
		check(err)
	}
	say(strconv.Itoa(zeros), "zeros,", strconv.Itoa(others), "others")
}

// write writes at an offset, and reads around it.
func write(path string, args []string) {
	file := open(path, os.O_RDWR)
	_, err := file.WriteAt([]byte("hello"), number(args[0]))
	check(err)
	data := make([]byte, 9)
	n, err := file.ReadAt(data, number(args[0])-2)
	say(told(data[:n], err))
}

// appendTo appends to a file, and prints its size and its last bytes.
func appendTo(path string, _ []string) {
	file := open(path, os.O_RDWR|os.O_APPEND)
	_, err := file.WriteString("hello")
	check(err)
	info, err := file.Stat()
	check(err)
	say("size", strconv.FormatInt(info.Size(), 10))
	data := make([]byte, 6)
	n, err := file.ReadAt(data, info.Size()-6)
	say(told(data[:n], err))
}

// grow makes a new file as large as told, and reads its last byte.
func grow(path string, args []string) {
	file := open(path, os.O_RDWR|os.O_CREATE)
	check(file.Truncate(number(args[0])))
	info, err := file.Stat()
	check(err)
	say("size", strconv.FormatInt(info.Size(), 10))
	data := make([]byte, 1)
	n, err := file.ReadAt(data, info.Size()-1)
	say(told(data[:n], err))
}

// truncate cuts a file, by its name, and prints its size.
func truncate(path string, args []string) {
	check(os.Truncate(path, number(args[0])))
	info, err := os.Stat(path)
	check(err)
	say("size", strconv.FormatInt(info.Size(), 10))
}

// names reads a folder at once.
func names(path string, _ []string) {
	entries, err := os.ReadDir(path)
	check(err)
	distinct := map[string]bool{}
	for _, entry := range entries {
		distinct[entry.Name()] = true
	}
	say(strconv.Itoa(len(entries)), "entries,", strconv.Itoa(len(distinct)), "distinct")
	say("first", entries[0].Name(), "last", entries[len(entries)-1].Name())
}

// pieces reads a folder by a number of names at a time.
func pieces(path string, args []string) {
	folder := open(path, os.O_RDONLY)
	all := []string{}
	for {
		some, err := folder.Readdirnames(int(number(args[0])))
		all = append(all, some...)
		if err == io.EOF {
			break
		}
		check(err)
	}
	sort.Strings(all)
	distinct := 0
	for i, name := range all {
		if i == 0 || name != all[i-1] {
			distinct++
		}
	}
	say(strconv.Itoa(len(all)), "names,", strconv.Itoa(distinct), "distinct")
}

// openAll opens, closes and counts what the folder's names are.
func openAll(path string, _ []string) {
	entries, err := os.ReadDir(path)
	check(err)
	for _, entry := range entries {
		check(open(path+"/"+entry.Name(), os.O_RDONLY).Close())
	}
	say("opened", strconv.Itoa(len(entries)))
}

// empty removes all that is in a folder, and the folder.
func empty(path string, _ []string) {
	check(os.RemoveAll(path))
	_, err := os.Stat(path)
	say("gone:", strconv.FormatBool(os.IsNotExist(err)))
}

// add makes one more file in a folder, and counts what is there.
func add(path string, _ []string) {
	check(os.WriteFile(path+"/one-more", nil, 0o644))
	entries, err := os.ReadDir(path)
	check(err)
	say(strconv.Itoa(len(entries)), "entries")
}
