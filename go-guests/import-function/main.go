// Import-function calls a function that the module of preview 1 does not have.
package main

import "os"

func main() {
	os.Stdout.WriteString("started\n")
	if len(os.Args) > 1 && os.Args[1] == "call" {
		absent(1)
	}
}
