package main

import (
	"io"
	"os"
	"strconv"
)

func init() {
	register(map[string]func(args []string){
		"open":        openWith,
		"open-text":   openText,
		"open-folder": openFolder,
		"create":      create,
		"append-rdwr": appendReadWrite,
	})
}

// flags are the names that a case gives to what os.OpenFile takes.
var flags = map[string]int{
	"rdonly": os.O_RDONLY,
	"wronly": os.O_WRONLY,
	"rdwr":   os.O_RDWR,
	"create": os.O_CREATE,
	"excl":   os.O_EXCL,
	"trunc":  os.O_TRUNC,
	"append": os.O_APPEND,
	"sync":   os.O_SYNC,
}

// together is the flags with these names.
func together(names []string) int {
	all := 0
	for _, name := range names {
		flag, ok := flags[name]
		if !ok {
			println("file: unknown flag:", name)
			os.Exit(99)
		}
		all |= flag
	}
	return all
}

// openWith opens the first argument with the flags that follow. It prints how that ended, how writing "new" and then
// reading the rest ended, and what the file holds afterwards.
func openWith(args []string) {
	file, err := os.OpenFile(args[0], together(args[1:]), 0o644)
	say("open:", kind(err))
	if err == nil {
		n, err := file.WriteString("new")
		if err != nil {
			say("write: refused")
		} else {
			say("write:", strconv.Itoa(n), "bytes")
		}
		data, err := io.ReadAll(file)
		if err != nil {
			say("read: refused")
		} else {
			say("read:", strconv.Quote(string(data)))
		}
		say("close:", kind(file.Close()))
	}
	holds(args[0])
}

// openText opens the first argument with the flags that follow. It prints the text of the error, or what the file then
// holds.
func openText(args []string) {
	file, err := os.OpenFile(args[0], together(args[1:]), 0o644)
	check(err)
	check(file.Close())
	holds(args[0])
}

// openFolder opens a directory with the flags given and prints whether that was let through and whether what came is a
// directory.
func openFolder(args []string) {
	file, err := os.OpenFile(args[0], together(args[1:]), 0o644)
	say("open:", kind(err))
	if err != nil {
		return
	}
	info, err := file.Stat()
	check(err)
	say("directory:", strconv.FormatBool(info.IsDir()))
	say("close:", kind(file.Close()))
}

// create prints what os.Create lets through: it writes "new", and reads it back from the same handle.
func create(args []string) {
	file, err := os.Create(args[0])
	say("create:", kind(err))
	if err != nil {
		return
	}
	put(file, "new")
	_, err = file.Seek(0, io.SeekStart)
	check(err)
	say("read:", take(file, 100))
	say("close:", kind(file.Close()))
	holds(args[0])
}

// appendReadWrite opens a file for reading and appending, reads two bytes, appends, reads on, and prints what it read.
func appendReadWrite(args []string) {
	file := open(args[0], os.O_RDWR|os.O_APPEND)
	say("read:", take(file, 2))
	put(file, "new")
	say("read:", take(file, 100))
	check(file.Close())
	holds(args[0])
}
