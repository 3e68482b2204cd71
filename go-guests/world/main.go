// World is what a program is when nothing but its host decides how long it may run and what differs from one run
// to the next: it computes, waits and grows until it is stopped, and prints what time and chance give it.
package main

import (
	"os"
	"strconv"
	"strings"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"end":     func([]string) { say("ended") },
	"busy":    busy,
	"spawn":   spawn,
	"sleep":   sleep,
	"read":    read,
	"stack":   stack,
	"hold":    hold,
	"grow":    grow,
	"reuse":   reuse,
	"now":     now,
	"elapsed": elapsed,
	"sleeps":  sleeps,
	"ticks":   ticks,
	"key":     key,
	"number":  numbers,
	"map":     mapOrder,
	"maphash": hash,
	"select":  choose,
	"order":   order,
	"temp":    temp,
	"journal": journal,
	"pure":    pure,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("world: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// say prints one line.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// number reads the probe's argument.
func number(args []string) int {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		println("world: not a number:", args[0])
		os.Exit(99)
	}
	return n
}
