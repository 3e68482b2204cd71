package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
)

// sink keeps the compiler from leaving out what is computed.
var sink uint32

// busy prints a line and computes for ever, without a call that would let anything else run.
func busy([]string) {
	say("started")
	for x := uint32(1); ; {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		sink = x
	}
}

// spawn prints a line and yields to another goroutine for ever: it is in Go's scheduler nearly all the time.
func spawn([]string) {
	say("started")
	go func() {
		for {
			runtime.Gosched()
		}
	}()
	for {
		runtime.Gosched()
	}
}

// sleep prints a line, sleeps for as many milliseconds as its argument says, and prints another.
func sleep(args []string) {
	say("started")
	time.Sleep(time.Duration(number(args)) * time.Millisecond)
	say("slept")
}

// read prints a line, reads from stdin, and prints another.
func read([]string) {
	say("started")
	n, err := os.Stdin.Read(make([]byte, 16))
	say("read", strconv.Itoa(n), strconv.FormatBool(err == nil))
}

// stack prints a line and calls itself as deep as its argument says, which Go serves from linear memory.
func stack(args []string) {
	say("started")
	say("depth", strconv.Itoa(descend(number(args))))
}

func descend(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + descend(n-1)
}

// fill makes a buffer of so many MiB and writes into each of its pages.
func fill(mebibytes int) []byte {
	buf := make([]byte, mebibytes<<20)
	for i := 0; i < len(buf); i += 4096 {
		buf[i] = 1
	}
	return buf
}

// hold makes a buffer of as many MiB as its argument says, and prints the MiB it got.
func hold(args []string) {
	say("started")
	buf := fill(number(args))
	say("holds", strconv.Itoa(len(buf)>>20))
	runtime.KeepAlive(buf)
}

// grow holds one MiB more and one more until it is stopped.
func grow([]string) {
	say("started")
	var all [][]byte
	for {
		all = append(all, fill(1))
	}
}

// reuse makes a buffer of 8 MiB as often as its argument says and lets each go before the next: all fit into
// memory that is much smaller than their sum.
func reuse(args []string) {
	n := number(args)
	total := 0
	for i := 0; i < n; i++ {
		total += len(fill(8))
		debug.FreeOSMemory()
	}
	say("made", strconv.Itoa(total>>20))
}
