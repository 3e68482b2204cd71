//go:build go1.24

package main

import (
	"runtime"
	"strconv"
	"time"
	"weak"
)

func init() {
	probes["cleanup"] = cleanup
	probes["weak"] = weakPointer
}

// cleanup drops an object that has two cleanups, one of them stopped, and prints which ran.
func cleanup([]string) {
	ran := make(chan string, 2)
	func() {
		object := new([4096]byte)
		runtime.AddCleanup(object, func(word string) { ran <- word }, "first")
		runtime.AddCleanup(object, func(word string) { ran <- word }, "second").Stop()
	}()
	for i := 0; i < 50; i++ {
		runtime.GC()
		select {
		case word := <-ran:
			say("ran:", word)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	say("did not run")
}

// weakPointer prints whether a weak pointer finds its object while it is held, and after it was dropped.
func weakPointer([]string) {
	object := new([4096]byte)
	object[0] = 7
	pointer := weak.Make(object)
	runtime.GC()
	say("held:", strconv.FormatBool(pointer.Value() == object))
	runtime.KeepAlive(object)
	object = nil
	for i := 0; i < 10 && pointer.Value() != nil; i++ {
		runtime.GC()
	}
	say("dropped:", strconv.FormatBool(pointer.Value() == nil))
}
