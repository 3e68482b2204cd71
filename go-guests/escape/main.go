// Escape tries to get out of the directory a program was given.
//
// Names are relative: the working directory is the first preopen, and a host that names it otherwise than it was
// asked to is still tried.
package main

import "os"

// probes maps an argument to a way out, tried on the names that follow it. What it returns is printed.
var probes = map[string]func(names []string) (string, error){
	"read":        read,
	"list":        list,
	"stat":        stat,
	"lstat":       lstat,
	"readlink":    readlink,
	"tell":        tell,
	"nul":         nul,
	"write":       write,
	"append":      appendTo,
	"create":      create,
	"truncate":    truncate,
	"chtimes":     chtimes,
	"mkdir":       mkdir,
	"mkdir-all":   mkdirAll,
	"remove":      remove,
	"remove-all":  removeAll,
	"walk":        walk,
	"rename":      rename,
	"link":        link,
	"symlink":     symlink,
	"move-a-link": moveALink,
	"swap":        swap,
	"swap-below":  swapBelow,
	"raw":         raw,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("escape: no such probe")
		os.Exit(99)
	}
	// Being refused says something only of a guest that can get at what is its own.
	say(read([]string{"inside.txt"}))
	say(probes[os.Args[1]](os.Args[2:]))
}

// say prints what a way out led to. Why it led nowhere is for people: no two hosts need to give one reason.
func say(text string, err error) {
	if err != nil {
		println("escape:", err.Error())
		text = "refused\n"
	}
	os.Stdout.WriteString(text)
}
