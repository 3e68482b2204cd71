// Env shows the environment a program was started with.
package main

import (
	"hash/crc32"
	"os"
	"sort"
	"strconv"
	"strings"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(names []string){
	"list":    list,
	"join":    join,
	"get":     get,
	"digest":  digest,
	"expand":  expand,
	"set":     set,
	"unset":   unset,
	"clear":   clearAll,
	"tempdir": tempdir,
	"homedir": homedir,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("env: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// say prints one line.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// list prints the number of variables and then each, in the order the program received them, as a Go
// string literal.
func list([]string) {
	environ := os.Environ()
	say(strconv.Itoa(len(environ)))
	for _, entry := range environ {
		say(strconv.QuoteToASCII(entry))
	}
}

// join prints all variables in one line, in the order the program received them.
func join([]string) {
	say(os.Environ()...)
}

// get prints the value of each named variable as a Go string literal, or that it is unset.
func get(names []string) {
	for _, name := range names {
		value, found := os.LookupEnv(name)
		if !found {
			say("unset")
			continue
		}
		say(strconv.QuoteToASCII(value))
	}
}

// digest prints the number of variables, their total length, and a checksum over them in sorted order.
func digest([]string) {
	environ := os.Environ()
	sort.Strings(environ)
	all := strings.Join(environ, "\x00") + "\x00"
	say(strconv.Itoa(len(environ)), "variables,", strconv.Itoa(len(all)-len(environ)), "bytes, crc32",
		strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(all))), 16))
}

// expand prints each argument with its $NAME and ${NAME} references replaced.
func expand(templates []string) {
	for _, template := range templates {
		say(os.ExpandEnv(template))
	}
}

// set gives NAME the value VALUE and prints the value read back, then the number of variables.
func set(args []string) {
	if err := os.Setenv(args[0], args[1]); err != nil {
		say("error:", err.Error())
	}
	get(args[:1])
	say(strconv.Itoa(len(os.Environ())))
}

// unset removes each named variable and prints it as get does, then the number of variables.
func unset(names []string) {
	for _, name := range names {
		if err := os.Unsetenv(name); err != nil {
			say("error:", err.Error())
		}
	}
	get(names)
	say(strconv.Itoa(len(os.Environ())))
}

// clearAll removes every variable and prints how many are left.
func clearAll([]string) {
	os.Clearenv()
	say(strconv.Itoa(len(os.Environ())))
}

// tempdir prints the folder for temporary files.
func tempdir([]string) {
	say(os.TempDir())
}

// homedir prints the user's home folder, or why there is none.
func homedir([]string) {
	dir, err := os.UserHomeDir()
	if err != nil {
		say("error:", err.Error())
		return
	}
	say(dir)
}
