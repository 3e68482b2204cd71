// Import-module calls a function of a host module that no runtime has.
package main

import "os"

func main() {
	os.Stdout.WriteString("started\n")
	if len(os.Args) > 1 && os.Args[1] == "call" {
		absent(1)
	}
}
