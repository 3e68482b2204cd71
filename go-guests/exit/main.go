// Exit ends in every way a Go program can end.
package main

import (
	"os"
	"runtime"
	"strconv"
)

// probes maps the first argument to a way of ending.
var probes = map[string]func(args []string){
	"code":              func(args []string) { os.Exit(number(args)) },
	"goroutine":         inGoroutine,
	"deferred":          deferred,
	"skip-deferred":     skipDeferred,
	"return":            returnFromMain,
	"goexit":            goexit,
	"deadlock":          deadlock,
	"mutex":             mutex,
	"panic":             func(args []string) { panic(args[0]) },
	"panic-error":       panicError,
	"panic-struct":      panicStruct,
	"panic-goroutine":   panicInGoroutine,
	"panic-deferred":    panicRunsDeferred,
	"repanic":           repanic,
	"recover":           recovered,
	"nil-map":           nilMap,
	"nil-pointer":       nilPointer,
	"nil-func":          nilFunc,
	"index":             index,
	"slice-bounds":      sliceBounds,
	"divide":            divide,
	"closed-channel":    closedChannel,
	"close-twice":       closeTwice,
	"type-assertion":    typeAssertion,
	"negative-make":     negativeMake,
	"recover-all":       recoverAll,
	"recurse":           recurse,
	"overflow":          overflow,
	"overflow-then-run": overflowLeavesRecover,
}

// The init probe ends before main: its answer to "which code" is the only thing it can show.
func init() {
	if len(os.Args) > 2 && os.Args[1] == "init" {
		say("init")
		os.Exit(number(os.Args[2:]))
	}
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("exit: unknown probe")
		os.Exit(99)
	}
	say("started")
	probes[os.Args[1]](os.Args[2:])
}

// say prints one line.
func say(line string) {
	os.Stdout.WriteString(line + "\n")
}

// number reads the probe's argument.
func number(args []string) int {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		println("exit: not a number:", args[0])
		os.Exit(99)
	}
	return n
}

// inGoroutine exits from a goroutine while main is blocked.
func inGoroutine(args []string) {
	go os.Exit(number(args))
	select {}
}

// deferred exits from a deferred call while main returns.
func deferred(args []string) {
	defer os.Exit(number(args))
	say("returning")
}

// skipDeferred exits with a deferred call pending, which would print a line if it ran.
func skipDeferred(args []string) {
	defer say("deferred call ran")
	os.Exit(number(args))
}

// returnFromMain returns while one goroutine is blocked for ever and another is runnable for ever.
func returnFromMain([]string) {
	go func() { select {} }()
	go func() {
		for {
			runtime.Gosched()
		}
	}()
	runtime.Gosched()
	say("returning")
}

// goexit ends the main goroutine while another one prints and ends.
func goexit([]string) {
	go say("other goroutine ran")
	runtime.Goexit()
}

// deadlock blocks every goroutine on a channel nobody sends on.
func deadlock([]string) {
	silent := make(chan bool)
	go func() { <-silent }()
	<-silent
}

// recurse calls itself as deep as its argument says and prints the depth it came back from.
func recurse(args []string) {
	say(strconv.Itoa(descend(number(args))) + " deep")
}

// descend is not a tail call: it adds to what the deeper call returns.
func descend(n int) int {
	if n == 0 {
		return 0
	}
	return descend(n-1) + 1
}
