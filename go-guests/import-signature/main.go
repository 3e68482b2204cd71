// Import-signature imports a function of preview 1 with another signature than it has.
package main

import "os"

func main() {
	os.Stdout.WriteString("started\n")
	if len(os.Args) > 1 && os.Args[1] == "call" {
		_ = absent(1)
	}
}
