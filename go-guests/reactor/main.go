// Reactor is called by its exports and has no program to run: a host initializes it once and then calls it as
// often as it likes. Its files hold one topic each; an export's comment says what it does.
//
// Native builds have no exports. There, main calls one of them by its name, with whole numbers as arguments.
package main

import (
	"os"
	"strconv"
	"strings"
)

// version is what a host asks for before it calls anything else.
const version = 1

// calls counts the calls of count.
var calls int32

// initialized is set before any export can be called: package initialization belongs to _initialize.
var initialized = 40

func init() {
	initialized += 2
}

// abiVersion returns the version of the agreement between the host and this guest.
//
//go:wasmexport abi_version
func abiVersion() int32 {
	return version
}

// ready returns 42 once the package's variables and init functions have run.
//
//go:wasmexport ready
func ready() int32 {
	return int32(initialized)
}

// nothing takes nothing and returns nothing.
//
//go:wasmexport nothing
func nothing() {}

// count returns how often it has been called.
//
//go:wasmexport count
func count() int32 {
	calls++
	return calls
}

// arguments prints the guest's arguments.
//
//go:wasmexport arguments
func arguments() {
	say(strings.Join(os.Args[1:], ","))
}

// variable prints the variable A.
//
//go:wasmexport variable
func variable() {
	value, set := os.LookupEnv("A")
	say(strconv.Quote(value), strconv.FormatBool(set))
}

// file prints the content of a file in a folder of the host's.
//
//go:wasmexport file
func file() {
	content, err := os.ReadFile("/data/hello.txt")
	if err != nil {
		say("error:", err.Error())
		return
	}
	os.Stdout.Write(content)
}

// input prints what can be read from stdin.
//
//go:wasmexport input
func input() {
	buf := make([]byte, 64)
	n, err := os.Stdin.Read(buf)
	say(strconv.Quote(string(buf[:n])), strconv.FormatBool(err == nil))
}

// say prints one line.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// natively is what main calls by name where there is no host: every export that takes no pointer.
var natively = map[string]func(args []int64) string{
	"abi_version": func([]int64) string { return number(int64(abiVersion())) },
	"ready":       func([]int64) string { return number(int64(ready())) },
	"nothing":     func([]int64) string { nothing(); return "" },
	"count":       func([]int64) string { return number(int64(count())) },
	"arguments":   func([]int64) string { arguments(); return "" },
	"variable":    func([]int64) string { variable(); return "" },
	"file":        func([]int64) string { file(); return "" },
	"input":       func([]int64) string { input(); return "" },
	"add":         func(args []int64) string { return number(int64(add(int32(args[0]), int32(args[1])))) },
	"add64":       func(args []int64) string { return number(add64(args[0], args[1])) },
	"bits":        func(args []int64) string { return number(bits(float64(args[0]))) },
	"unsigned":    func(args []int64) string { return number(unsigned(uint32(args[0]))) },
	"start":       func([]int64) string { start(); return "" },
	"wait":        func([]int64) string { return number(int64(wait())) },
	"ticks":       func(args []int64) string { return number(int64(ticks(int32(args[0])))) },
	"nap":         func(args []int64) string { return number(int64(nap(int32(args[0])))) },
	"produce":     func(args []int64) string { return number(int64(produce(int32(args[0])))) },
	"collect":     func([]int64) string { return number(int64(collect())) },
	"block":       func([]int64) string { block(); return "" },
	"fail":        func([]int64) string { fail(); return "" },
	"recovers":    func([]int64) string { return number(int64(recovers())) },
	"exit":        func(args []int64) string { exit(int32(args[0])); return "" },
}

func number(n int64) string {
	return strconv.FormatInt(n, 10)
}

// main calls the export that the first argument names; a reactor never runs it.
func main() {
	if len(os.Args) < 2 || natively[os.Args[1]] == nil {
		println("reactor: unknown export")
		os.Exit(99)
	}
	var args []int64
	for _, arg := range os.Args[2:] {
		n, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			println("reactor: not a number:", arg)
			os.Exit(99)
		}
		args = append(args, n)
	}
	say("returns", natively[os.Args[1]](args))
}
