// Replay carries out sequences of file operations that it reads from stdin, and prints what came of each.
//
// Each line is one operation. A line "-- NAME" begins a sequence, which is carried out in the new folder /NAME:
//
//	-- 1
//	open h0 create,rdwr a
//	write h0 5 v
//	seek h0 -2 current
//	read h0 9
//	rename a b
//	in d stat a
//
// For each line it prints one: the line "-- 1" itself, "ok" with what the operation gave, or the name of the error.
// Each is written at once, so that the last line tells how far a program got that was ended.
package main

import (
	"bufio"
	"os"
	"strings"
)

// handles are the files that the sequence has open, by the names that it gives them.
var handles = map[string]*os.File{}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if words[0] == "--" {
			begin(words[1])
			say(lines.Text())
			continue
		}
		given, err := do(working{}, words)
		if err != nil {
			say(named(err))
			continue
		}
		say(strings.TrimSpace("ok " + given))
	}
	closeAll()
}

// begin makes the folder of a sequence and goes there.
func begin(name string) {
	closeAll()
	err := os.Mkdir("/"+name, 0o755)
	if err == nil {
		err = os.Chdir("/" + name)
	}
	if err != nil {
		say("cannot begin: " + named(err))
		os.Exit(1)
	}
}

// do carries out an operation where its paths begin, and returns what it gave.
func do(at place, words []string) (string, error) {
	name, args := words[0], words[1:]
	if name == "in" {
		root, err := openRoot(args[0])
		if err != nil {
			return "", err
		}
		defer root.Close()
		return do(root, args[1:])
	}
	if act := onPaths[name]; act != nil {
		return act(at, args)
	}
	if act := onHandles[name]; act != nil {
		if handles[args[0]] == nil {
			return "no such handle", nil
		}
		return act(handles[args[0]], args[1:])
	}
	println("replay: no operation", name)
	os.Exit(99)
	return "", nil
}

func closeAll() {
	for name, file := range handles {
		file.Close()
		delete(handles, name)
	}
}

func say(line string) { os.Stdout.WriteString(line + "\n") }
