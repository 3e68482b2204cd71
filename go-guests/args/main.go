// Args shows the arguments a program was started with.
package main

import (
	"hash/crc32"
	"os"
	"strconv"
	"strings"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"count":  count,
	"list":   list,
	"digest": digest,
	"argv0":  argv0,
}

func main() {
	if len(os.Args) < 2 {
		count(nil)
		return
	}
	probe := probes[os.Args[1]]
	if probe == nil {
		println("args: unknown probe:", os.Args[1])
		os.Exit(99)
	}
	probe(os.Args[2:])
}

// count prints how many arguments follow the program's own name, the probe's among them.
func count([]string) {
	os.Stdout.WriteString(strconv.Itoa(len(os.Args)-1) + "\n")
}

// list prints the arguments after the probe, one Go string literal per line: only ASCII, so that what
// cannot be seen (a tab, a combining accent) can be told apart.
func list(args []string) {
	for _, arg := range args {
		os.Stdout.WriteString(strconv.QuoteToASCII(arg) + "\n")
	}
}

// digest prints the number of arguments after the program's name, their total length, and a checksum of
// all of them in order, each followed by a NUL.
func digest([]string) {
	all := strings.Join(os.Args[1:], "\x00") + "\x00"
	args := len(os.Args) - 1
	os.Stdout.WriteString(strconv.Itoa(args) + " arguments, " +
		strconv.Itoa(len(all)-args) + " bytes, crc32 " +
		strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(all))), 16) + "\n")
}

// argv0 prints the name the program was started under.
func argv0([]string) {
	os.Stdout.WriteString(os.Args[0] + "\n")
}
