// Goroutine starts goroutines and makes them wait for one another.
package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"sum":        sum,
	"parked":     parked,
	"ping-pong":  pingPong,
	"unbuffered": unbuffered,
	"buffered":   buffered,
	"range":      rangeOver,
	"pipeline":   pipeline,
	"select":     selectReady,
	"default":    selectDefault,
	"timeout":    selectTimeout,
	"fairness":   fairness,
	"nil":        nilChannel,
	"gosched":    gosched,
	"mutex":      mutex,
	"rwmutex":    rwmutex,
	"cond":       cond,
	"once":       once,
	"waitgroup":  waitgroup,
	"syncmap":    syncMap,
	"pool":       pool,
	"cpus":       cpus,
	"churn":      churn,
	"finalizer":  finalizer,
	"grow":       grow,
	"deep":       deep,
	"stack":      stack,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("goroutine: unknown probe")
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
		println("goroutine: not a number:", args[0])
		os.Exit(99)
	}
	return n
}

// sum starts goroutines that send 1 each, and prints what arrived.
func sum(args []string) {
	n := number(args)
	ones := make(chan int)
	for i := 0; i < n; i++ {
		go func() { ones <- 1 }()
	}
	total := 0
	for i := 0; i < n; i++ {
		total += <-ones
	}
	say(strconv.Itoa(total))
}

// parked has goroutines all wait at once, prints how many there are, then lets them go.
func parked(args []string) {
	n := number(args)
	gate := make(chan bool)
	var ready, done sync.WaitGroup
	ready.Add(n)
	done.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			ready.Done()
			<-gate
			done.Done()
		}()
	}
	ready.Wait()
	say(strconv.Itoa(runtime.NumGoroutine()-1), "waiting")
	close(gate)
	done.Wait()
	say("none waiting")
}

// pingPong passes a number between two goroutines 10,000 times, each adding one.
func pingPong([]string) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for n := range ping {
			pong <- n + 1
		}
		close(pong)
	}()
	n := 0
	for i := 0; i < 5000; i++ {
		ping <- n + 1
		n = <-pong
	}
	close(ping)
	_, open := <-pong
	say(strconv.Itoa(n)+", open:", strconv.FormatBool(open))
}

// gosched counts to 100 in one goroutine while another only yields, and prints how far that was let.
func gosched([]string) {
	var counted atomic.Int32
	go func() {
		for i := 0; i < 100; i++ {
			counted.Add(1)
			runtime.Gosched()
		}
	}()
	for counted.Load() < 100 {
		runtime.Gosched()
	}
	say(strconv.Itoa(int(counted.Load())))
}

// fairness counts how often select takes each of two channels that are always ready, in 1,000 turns.
func fairness([]string) {
	left, right := make(chan bool), make(chan bool)
	close(left)
	close(right)
	var counts [2]int
	for i := 0; i < 1000; i++ {
		select {
		case <-left:
			counts[0]++
		case <-right:
			counts[1]++
		}
	}
	say("both at least 300 times:", strconv.FormatBool(counts[0] >= 300 && counts[1] >= 300))
}

// cpus prints how many processors Go sees and uses, and whether it can be told to use more.
func cpus([]string) {
	say(strconv.Itoa(runtime.NumCPU()), strconv.Itoa(runtime.GOMAXPROCS(4)), strconv.Itoa(runtime.GOMAXPROCS(0)))
}

// stack prints whether the goroutine's own trace names the function that asks for it.
func stack([]string) {
	buf := make([]byte, 4096)
	trace := string(buf[:runtime.Stack(buf, false)])
	say(strings.SplitAfterN(trace, "\n", 2)[0] + strconv.FormatBool(strings.Contains(trace, "main.stack(")))
}

// selectTimeout waits for a silent channel with a timeout of 20 ms.
func selectTimeout([]string) {
	select {
	case <-make(chan bool):
		say("received")
	case <-time.After(20 * time.Millisecond):
		say("timed out")
	}
}
