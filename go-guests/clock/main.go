// Clock reads the clocks and waits for timers.
package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(){
	"monotonic":        monotonic,
	"monotonic-moves":  monotonicMoves,
	"wall-year":        wallYear,
	"wall-moves":       wallMoves,
	"wall-resolution":  wallResolution,
	"clocks-agree":     clocksAgree,
	"zone":             zone,
	"sleep":            sleep,
	"sleep-not":        sleepNot,
	"sleep-many":       sleepMany,
	"sleep-overlap":    sleepOverlap,
	"after":            after,
	"after-zero":       afterZero,
	"after-func":       afterFunc,
	"ticker":           ticker,
	"ticker-slow":      tickerSlow,
	"ticker-stop":      tickerStop,
	"stop":             stop,
	"stop-fired":       stopFired,
	"reset":            reset,
	"in-order":         inOrder,
	"thousand":         thousand,
	"far-future":       farFuture,
	"context-deadline": contextDeadline,
	"context-cancel":   contextCancel,
	"context-nested":   contextNested,
	"busy":             busy,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("clock: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]]()
}

// say prints one line.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// millis is a duration in whole milliseconds, cut off.
func millis(d time.Duration) string {
	return strconv.FormatInt(d.Milliseconds(), 10)
}

// monotonic reads the clock 100,000 times and prints how often it went back.
func monotonic() {
	back := 0
	last := time.Now()
	for i := 0; i < 100_000; i++ {
		now := time.Now()
		if now.Sub(last) < 0 {
			back++
		}
		last = now
	}
	say("went back", strconv.Itoa(back), "times")
}

// monotonicMoves reads the clock until it shows another time, at most a million times.
func monotonicMoves() {
	start := time.Now()
	for i := 0; i < 1_000_000; i++ {
		if time.Since(start) > 0 {
			say("moved")
			return
		}
	}
	say("stood still")
}

// wallYear prints the year.
func wallYear() { say(strconv.Itoa(time.Now().UTC().Year())) }

// wallMoves sleeps 50 ms and prints by how many milliseconds the wall clock moved.
func wallMoves() {
	// Round(0) strips the monotonic reading, which Sub would prefer.
	start := time.Now().Round(0)
	time.Sleep(50 * time.Millisecond)
	say(millis(time.Now().Round(0).Sub(start)))
}

// clocksAgree sleeps 300 ms and prints by how many tenths of a second the wall clock moved farther than the monotonic
// one, or less far.
func clocksAgree() {
	start := time.Now()
	time.Sleep(300 * time.Millisecond)
	end := time.Now()
	apart := end.Round(0).Sub(start.Round(0)) - end.Sub(start)
	say(strconv.FormatInt(int64(apart/(100*time.Millisecond)), 10))
}

// wallResolution prints the coarsest unit that divides a hundred readings of the wall clock.
func wallResolution() {
	for _, unit := range []struct {
		name string
		d    time.Duration
	}{{"second", time.Second}, {"millisecond", time.Millisecond}, {"microsecond", time.Microsecond}} {
		whole := true
		for i := 0; i < 100; i++ {
			if time.Duration(time.Now().UnixNano())%unit.d != 0 {
				whole = false
			}
		}
		if whole {
			say(unit.name)
			return
		}
	}
	say("finer than a microsecond")
}

// zone prints the local time zone's name and offset.
func zone() {
	name, offset := time.Now().Zone()
	say(name, strconv.Itoa(offset))
}

// sleep sleeps 50 ms and prints how many milliseconds that took.
func sleep() {
	start := time.Now()
	time.Sleep(50 * time.Millisecond)
	say(millis(time.Since(start)))
}

// sleepNot sleeps for no time and for negative times.
func sleepNot() {
	time.Sleep(0)
	time.Sleep(-1)
	time.Sleep(-1 << 63)
	say("returned")
}

// sleepMany sleeps 100 times for a millisecond and prints how many of the sleeps were shorter.
func sleepMany() {
	short := 0
	for i := 0; i < 100; i++ {
		start := time.Now()
		time.Sleep(time.Millisecond)
		if time.Since(start) < time.Millisecond {
			short++
		}
	}
	say(strconv.Itoa(short), "too short")
}

// sleepOverlap lets 100 goroutines sleep 50 ms each and prints how many milliseconds they took together.
func sleepOverlap() {
	start := time.Now()
	done := make(chan bool)
	for i := 0; i < 100; i++ {
		go func() {
			time.Sleep(50 * time.Millisecond)
			done <- true
		}()
	}
	for i := 0; i < 100; i++ {
		<-done
	}
	say(millis(time.Since(start)))
}

// busy computes for 50 ms without a pause and prints whether a timer of 10 ms fired meanwhile.
func busy() {
	fired := make(chan bool, 1)
	time.AfterFunc(10*time.Millisecond, func() { fired <- true })
	for start := time.Now(); time.Since(start) < 50*time.Millisecond; {
	}
	say("fired during the loop:", strconv.FormatBool(len(fired) == 1))
}
