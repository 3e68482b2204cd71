package main

import (
	"os"
	"time"
)

// started is closed by the goroutine of start, which can only run while some export does.
var started = make(chan struct{})

// start starts a goroutine and returns at once.
//
//go:wasmexport start
func start() {
	go func() {
		time.Sleep(time.Millisecond)
		close(started)
	}()
}

// wait waits for the goroutine that an earlier call has started, and returns 7.
//
//go:wasmexport wait
func wait() int32 {
	<-started
	return 7
}

// ticked is counted up by the goroutine of ticks for ever.
var ticked chan int32

// ticks returns the next so many numbers of a goroutine that outlives the call, added up.
//
//go:wasmexport ticks
func ticks(n int32) int32 {
	if ticked == nil {
		ticked = make(chan int32)
		go func() {
			for i := int32(1); ; i++ {
				ticked <- i
			}
		}()
	}
	total := int32(0)
	for ; n > 0; n-- {
		total += <-ticked
	}
	return total
}

// nap sleeps for so many milliseconds and returns 1 if at least these have passed.
//
//go:wasmexport nap
func nap(milliseconds int32) int32 {
	duration := time.Duration(milliseconds) * time.Millisecond
	began := time.Now()
	time.Sleep(duration)
	if time.Since(began) < duration {
		return 0
	}
	return 1
}

// results holds what produce's goroutines leave for collect.
var results = make(chan int32, 1000)

// produce starts so many goroutines, each of which leaves its number, and returns how many.
//
//go:wasmexport produce
func produce(n int32) int32 {
	for i := int32(1); i <= n; i++ {
		go func(i int32) { results <- i }(i)
	}
	return n
}

// collect lets those goroutines run, and adds up what they left.
//
//go:wasmexport collect
func collect() int32 {
	time.Sleep(time.Millisecond)
	total := int32(0)
	for {
		select {
		case i := <-results:
			total += i
		default:
			return total
		}
	}
}

// block waits for what never comes, while nothing else runs.
//
//go:wasmexport block
func block() {
	<-make(chan struct{})
}

// fail panics.
//
//go:wasmexport fail
func fail() {
	panic("failed")
}

// recovers panics, recovers and returns 5.
//
//go:wasmexport recovers
func recovers() (result int32) {
	defer func() {
		if recover() != nil {
			result = 5
		}
	}()
	panic("recovered")
}

// exit ends the guest with a code.
//
//go:wasmexport exit
func exit(code int32) {
	say("exiting")
	os.Exit(int(code))
}
