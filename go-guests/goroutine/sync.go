package main

import (
	"runtime"
	"strconv"
	"sync"
)

// together runs n goroutines and waits for them.
func together(n int, work func(i int)) {
	var wg sync.WaitGroup
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			defer wg.Done()
			work(i)
		}(i)
	}
	wg.Wait()
}

// mutex has 100 goroutines add to a number 100 times, yielding between reading and writing it.
func mutex([]string) {
	var mu sync.Mutex
	total := 0
	together(100, func(int) {
		for i := 0; i < 100; i++ {
			mu.Lock()
			n := total
			runtime.Gosched()
			total = n + 1
			mu.Unlock()
		}
	})
	say(strconv.Itoa(total))
}

// rwmutex prints how many readers held the lock at once at most, and whether a writer ever met one.
func rwmutex([]string) {
	var mu sync.RWMutex
	var readers, most int
	met := false
	together(20, func(i int) {
		if i%5 == 4 {
			mu.Lock()
			met = met || readers != 0
			runtime.Gosched()
			met = met || readers != 0
			mu.Unlock()
			return
		}
		mu.RLock()
		readers++
		if readers > most {
			most = readers
		}
		runtime.Gosched()
		readers--
		mu.RUnlock()
	})
	say("several readers:", strconv.FormatBool(most > 1)+", writer met a reader:", strconv.FormatBool(met))
}

// cond has ten goroutines wait for a condition, and wakes them all.
func cond([]string) {
	var mu sync.Mutex
	woken := sync.NewCond(&mu)
	waiting, open := 0, false
	var wg sync.WaitGroup
	wg.Add(10)
	for i := 0; i < 10; i++ {
		go func() {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			waiting++
			for !open {
				woken.Wait()
			}
			waiting--
		}()
	}
	for {
		mu.Lock()
		if waiting == 10 {
			break
		}
		mu.Unlock()
		runtime.Gosched()
	}
	say(strconv.Itoa(waiting), "waiting")
	open = true
	woken.Broadcast()
	mu.Unlock()
	wg.Wait()
	say(strconv.Itoa(waiting), "waiting")
}

// once has ten goroutines ask for the same work and prints how often it was done.
func once([]string) {
	var do sync.Once
	done := 0
	together(10, func(int) {
		do.Do(func() {
			runtime.Gosched()
			done++
		})
	})
	say(strconv.Itoa(done))
}

// waitgroup prints how many of 100 goroutines had ended when Wait returned.
func waitgroup([]string) {
	ended := make(chan bool, 100)
	together(100, func(i int) {
		for j := 0; j < i%10; j++ {
			runtime.Gosched()
		}
		ended <- true
	})
	say(strconv.Itoa(len(ended)))
}

// syncMap has 100 goroutines store under ten keys, and prints how many keys and how many first stores.
func syncMap([]string) {
	var m sync.Map
	var mu sync.Mutex
	stored, keys := 0, 0
	together(100, func(i int) {
		if _, loaded := m.LoadOrStore(i%10, i); !loaded {
			mu.Lock()
			stored++
			mu.Unlock()
		}
	})
	m.Range(func(any, any) bool {
		keys++
		return true
	})
	say(strconv.Itoa(keys), "keys,", strconv.Itoa(stored), "stored")
}

// pool takes buffers from a pool and gives them back across garbage collections, and prints their sizes' sum.
func pool([]string) {
	buffers := sync.Pool{New: func() any { return make([]byte, 100) }}
	total := 0
	for i := 0; i < 100; i++ {
		buf := buffers.Get().([]byte)
		total += len(buf)
		buffers.Put(buf)
		if i%50 == 0 {
			runtime.GC()
		}
	}
	say(strconv.Itoa(total))
}
