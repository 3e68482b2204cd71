package main

import (
	"errors"
	"runtime/debug"
	"strconv"
	"sync"
)

// The panics below go through variables that the compiler cannot see through, so that the check happens
// when the program runs.
var (
	none    map[string]int
	nowhere *struct{ pad, n int }
	nothing func()
	three   = []int{1, 2, 3}
	zero    int
	text    any = "text"
)

// mutex locks a mutex twice.
func mutex([]string) {
	var mu sync.Mutex
	mu.Lock()
	mu.Lock()
}

// panicError panics with an error value.
func panicError([]string) { panic(errors.New("custom error")) }

// panicStruct panics with a value that is no error and has no text.
func panicStruct([]string) { panic(struct{ a, b int }{1, 2}) }

// panicInGoroutine panics in a goroutine while main waits, with a recover in main that must not see it.
func panicInGoroutine([]string) {
	defer func() {
		if recover() != nil {
			say("main recovered")
		}
	}()
	go panic("in goroutine")
	select {}
}

// panicRunsDeferred panics with a deferred call pending, which prints a line.
func panicRunsDeferred([]string) {
	defer say("deferred call ran")
	panic("after defer")
}

// repanic recovers a panic and panics with another value.
func repanic([]string) {
	defer func() {
		recover()
		panic("second")
	}()
	panic("first")
}

// recovered recovers a panic, prints its value and returns.
func recovered([]string) {
	defer func() { say("recovered " + recover().(string)) }()
	panic("boom")
}

func nilMap([]string)        { none["key"] = 1 }
func nilPointer([]string)    { nowhere.n = 1 }
func nilFunc([]string)       { nothing() }
func index([]string)         { three[len(three)+zero]++ }
func sliceBounds([]string)   { three = three[2+zero : 1+zero] }
func divide([]string)        { zero = 1 / zero }
func typeAssertion([]string) { zero = text.(int) }
func negativeMake([]string)  { three = make([]int, zero-1) }

// closedChannel sends on a closed channel.
func closedChannel([]string) {
	ch := make(chan int, 1)
	close(ch)
	ch <- 1
}

// closeTwice closes a closed channel.
func closeTwice([]string) {
	ch := make(chan int)
	close(ch)
	close(ch)
}

// recoverAll recovers from each run-time panic in turn and prints its text.
func recoverAll([]string) {
	for _, probe := range []func([]string){
		nilMap, nilPointer, nilFunc, index, sliceBounds, divide, typeAssertion, negativeMake, closedChannel, closeTwice,
	} {
		func() {
			defer func() { say(recover().(error).Error()) }()
			probe(nil)
		}()
	}
}

// overflow recurses without end under a stack limit of 32 KiB, which is few calls for any engine.
func overflow([]string) {
	debug.SetMaxStack(32 << 10)
	say(strconv.Itoa(descend(-1)))
}

// overflowLeavesRecover does the same under a deferred recover, which must not catch a fatal error.
func overflowLeavesRecover([]string) {
	defer func() {
		recover()
		say("recovered")
	}()
	overflow(nil)
}
