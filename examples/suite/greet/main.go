// Command greet greets people: those that its arguments name, or those in a file, one a line.
//
//	greet NAME...
//	greet -from FILE -to FILE
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	from := flag.String("from", "", "the file with the names")
	to := flag.String("to", "", "the file for the greetings")
	flag.Parse()
	if *from == "" {
		fmt.Print(greetings(flag.Args()))
		return
	}
	if err := greetFile(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "greet:", err)
		os.Exit(1)
	}
}

func greetFile(from, to string) error {
	names, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(names)), "\n")
	if err := os.WriteFile(to, []byte(greetings(lines)), 0o644); err != nil {
		return err
	}
	fmt.Println("greeted:", len(lines))
	return nil
}

func greetings(names []string) string {
	var all strings.Builder
	for _, name := range names {
		fmt.Fprintf(&all, "Hello, %s!\n", name)
	}
	return all.String()
}
