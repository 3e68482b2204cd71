package main

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
)

// garbage makes as many megabytes of it as it is told, in pieces of 64 KB.
func garbage(megabytes int) {
	for i := 0; i < megabytes*16; i++ {
		sink = make([]byte, 64<<10)
	}
	sink = nil
}

// percent prints GOGC's setting, turns collection off, makes 40 MB of garbage, prints whether any of it was
// collected, and the same with collection on again.
func percent([]string) {
	say("was", strconv.Itoa(debug.SetGCPercent(-1)))
	before := read().NumGC
	garbage(40)
	say("off, collected:", strconv.FormatBool(read().NumGC != before))
	say("was", strconv.Itoa(debug.SetGCPercent(100)))
	before = read().NumGC
	garbage(80)
	say("on, collected:", strconv.FormatBool(read().NumGC != before))
}

// limit prints the memory limit, sets one of 32 MB with collection otherwise off, makes 200 MB of garbage, and
// prints whether any of it was collected.
func limit([]string) {
	say("was", strconv.FormatInt(debug.SetMemoryLimit(32<<20), 10))
	debug.SetGCPercent(-1)
	garbage(200)
	say("collected:", strconv.FormatBool(read().NumGC > 0))
}

// stats holds 16 MB, then drops them, and prints whether the figures follow.
func stats([]string) {
	runtime.GC()
	before := read()
	held := make([]byte, 16<<20)
	held[0] = 1
	sink = held
	during := read()
	sink, held = nil, nil
	runtime.GC()
	after := read()
	say("grows:", strconv.FormatBool(during.HeapAlloc-before.HeapAlloc >= 16<<20))
	say("shrinks:", strconv.FormatBool(after.HeapAlloc+15<<20 < during.HeapAlloc))
	say("total never shrinks:", strconv.FormatBool(after.TotalAlloc >= during.TotalAlloc))
	say("collections counted:", strconv.FormatBool(after.NumGC > before.NumGC))
	say("within what was taken:", strconv.FormatBool(after.HeapAlloc <= after.HeapSys && after.HeapSys <= after.Sys))
	say("mallocs without frees are objects:", strconv.FormatBool(after.Mallocs-after.Frees == after.HeapObjects))
}

// free takes 64 MB, drops them and asks for them to be given back to the system, and prints whether the
// program can take and use them again.
func free([]string) {
	for i := 0; i < 3; i++ {
		block := make([]byte, 64<<20)
		wrong := 0
		for j := 0; j < len(block); j += 4096 {
			if block[j] != 0 {
				wrong++
			}
			block[j] = 1
		}
		say(strconv.Itoa(wrong), "pages wrong")
		sink, block = block, nil
		sink = nil
		debug.FreeOSMemory()
	}
}

// interior keeps only a pointer into the middle of an object through collections, and prints what it holds.
func interior([]string) {
	at := func() *byte {
		block := pattern(1 << 16)
		return &block[40_000]
	}()
	want := pattern(1 << 16)[40_000]
	for i := 0; i < 5; i++ {
		garbage(4)
		runtime.GC()
	}
	say("kept:", strconv.FormatBool(*at == want))
}

// resurrected has a finalizer make its object reachable again, and prints what the object then holds.
func resurrected([]string) {
	back := make(chan *[4096]byte, 1)
	func() {
		object := new([4096]byte)
		object[4095] = 7
		runtime.SetFinalizer(object, func(object *[4096]byte) { back <- object })
	}()
	for i := 0; i < 50; i++ {
		runtime.GC()
		select {
		case object := <-back:
			garbage(8)
			runtime.GC()
			say("came back with", strconv.Itoa(int(object[4095])))
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	say("did not come back")
}
