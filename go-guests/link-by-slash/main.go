// Link-by-slash makes a symbolic link and lists what it leads to by a name that ends in a slash.
package main

import (
	"os"
	"strings"
)

// probes maps the first argument to a way out, tried on the names that follow it.
var probes = map[string]func(names []string){
	"symlink-and-list": symlinkAndList,
}

func main() {
	if len(os.Args) < 5 || probes[os.Args[1]] == nil {
		println("link-by-slash: no such probe")
		os.Exit(99)
	}
	// Being refused says something only of a guest that can get at what is its own.
	inside, err := os.ReadFile("inside.txt")
	if err != nil {
		println("link-by-slash:", err.Error())
		inside = []byte("refused\n")
	}
	os.Stdout.Write(inside)
	probes[os.Args[1]](os.Args[2:])
}

// symlinkAndList makes a link to the first name as the second, says whether it could, and lists the third.
func symlinkAndList(names []string) {
	made := "made\n"
	if err := os.Symlink(names[0], names[1]); err != nil {
		println("link-by-slash:", err.Error())
		made = "not made\n"
	}
	os.Stdout.WriteString(made)
	entries, err := os.ReadDir(names[2])
	if err != nil {
		println("link-by-slash:", err.Error())
		os.Stdout.WriteString("refused\n")
		return
	}
	var text strings.Builder
	for _, entry := range entries {
		text.WriteString(entry.Name() + "\n")
	}
	os.Stdout.WriteString(text.String())
}
