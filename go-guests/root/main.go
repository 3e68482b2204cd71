// Root works in a directory through os.Root, and does there only what is allowed.
//
// Its arguments are operations with the word then between them, each one a probe and what it takes. The first one opens
// the root:
//
//	root open /tree then create new.txt text then read new.txt
//
// Each prints one line: its name, and what came of it. One that fails does not keep the next from running.
package main

import "os"

func main() {
	work(operations(os.Args[1:]))
}

// operations splits arguments at the word then.
func operations(args []string) [][]string {
	all := [][]string{nil}
	for _, arg := range args {
		if arg == "then" {
			all = append(all, nil)
			continue
		}
		all[len(all)-1] = append(all[len(all)-1], arg)
	}
	return all
}
