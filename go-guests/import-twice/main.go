// Import-twice imports a function of preview 1 twice under names of its own.
package main

import (
	"os"
	"strconv"
)

// main prints what both calls return: 0 is success.
func main() {
	os.Stdout.WriteString(strconv.Itoa(int(first())) + " " + strconv.Itoa(int(second())) + "\n")
}
