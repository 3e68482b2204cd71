package main

import (
	"runtime"
	"strconv"
	"time"
)

// node is a part of a tree: garbage that holds pointers.
type node struct {
	left, right *node
	payload     [32]byte
}

// tree builds a tree of the given depth.
func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1)}
}

// size counts a tree's nodes.
func (n *node) size() int {
	if n == nil {
		return 0
	}
	return 1 + n.left.size() + n.right.size()
}

// churn builds as many trees of 100 KB as its argument says and drops them, while another one is kept, and
// prints the kept one's size and whether memory was collected meanwhile. It yields after each tree: on one thread
// without preemption the collector's own goroutines never run otherwise, and the work is left to the allocations,
// which Go excuses from it where it takes half of the time, as it may on a slow and busy machine.
func churn(args []string) {
	kept := tree(10)
	for n := number(args); n > 0; n-- {
		tree(10)
		runtime.Gosched()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	say(strconv.Itoa(kept.size()), "nodes, collected:", strconv.FormatBool(stats.NumGC > 0))
}

// finalizer drops an object, collects garbage until its finalizer runs, and prints whether it did in time.
func finalizer([]string) {
	ran := make(chan bool, 1)
	func() {
		n := tree(1)
		runtime.SetFinalizer(n, func(*node) { ran <- true })
	}()
	for i := 0; i < 50; i++ {
		runtime.GC()
		select {
		case <-ran:
			say("ran")
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	say("did not run")
}

// grow takes memory in megabytes, writes to every page of it, and prints what it then holds.
func grow(args []string) {
	blocks := make([][]byte, number(args))
	for i := range blocks {
		blocks[i] = make([]byte, 1<<20)
		for j := 0; j < len(blocks[i]); j += 4096 {
			blocks[i][j] = byte(i)
		}
	}
	wrong := 0
	for i, block := range blocks {
		for j := 0; j < len(block); j += 4096 {
			if block[j] != byte(i) || block[j+1] != 0 {
				wrong++
			}
		}
	}
	say(strconv.Itoa(len(blocks)), "MB,", strconv.Itoa(wrong), "pages wrong")
}

// deep recurses 1,000 deep in ten goroutines at once, each yielding at the bottom of its stack.
func deep([]string) {
	var down func(n int) int
	down = func(n int) int {
		if n == 0 {
			runtime.Gosched()
			return 0
		}
		var frame [64]byte
		frame[n%64] = 1
		return down(n-1) + int(frame[n%64])
	}
	depths := make(chan int, 10)
	together(10, func(int) { depths <- down(1000) })
	total := 0
	for i := 0; i < 10; i++ {
		total += <-depths
	}
	say(strconv.Itoa(total))
}
