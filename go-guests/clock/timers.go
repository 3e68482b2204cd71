package main

import (
	"context"
	"math"
	"strconv"
	"time"
)

// after waits for time.After and prints how many milliseconds that took.
func after() {
	start := time.Now()
	<-time.After(50 * time.Millisecond)
	say(millis(time.Since(start)))
}

// afterZero waits for timers of no and of negative duration.
func afterZero() {
	<-time.After(0)
	<-time.After(-time.Hour)
	say("fired")
}

// afterFunc waits for a function that a timer runs.
func afterFunc() {
	done := make(chan bool)
	time.AfterFunc(10*time.Millisecond, func() {
		say("ran")
		done <- true
	})
	say("started")
	<-done
}

// ticker waits for five ticks and prints whether each came at least its time after the start.
func ticker() {
	const period = 10 * time.Millisecond
	start := time.Now()
	ticks := time.NewTicker(period)
	for i := 1; i <= 5; i++ {
		early := (<-ticks.C).Sub(start) < time.Duration(i)*period
		say("tick", strconv.Itoa(i), "early:", strconv.FormatBool(early))
	}
}

// tickerSlow reads a ticker only after three and a half of its periods and prints how many ticks were kept.
func tickerSlow() {
	ticks := time.NewTicker(50 * time.Millisecond)
	time.Sleep(175 * time.Millisecond)
	kept := 0
	for {
		select {
		case <-ticks.C:
			kept++
		default:
			say(strconv.Itoa(kept), "kept")
			return
		}
	}
}

// tickerStop stops a ticker before its first tick and prints whether that still comes.
func tickerStop() {
	ticks := time.NewTicker(50 * time.Millisecond)
	ticks.Stop()
	select {
	case <-ticks.C:
		say("ticked")
	case <-time.After(120 * time.Millisecond):
		say("silent")
	}
}

// stop stops a timer before its time and prints whether it fires.
func stop() {
	timer := time.NewTimer(50 * time.Millisecond)
	say("stopped:", strconv.FormatBool(timer.Stop()))
	select {
	case <-timer.C:
		say("fired")
	case <-time.After(120 * time.Millisecond):
		say("silent")
	}
}

// stopFired stops a timer that has fired.
func stopFired() {
	timer := time.NewTimer(time.Millisecond)
	<-timer.C
	say("stopped:", strconv.FormatBool(timer.Stop()))
}

// reset gives a timer of an hour 20 ms instead, and prints how many milliseconds it took.
func reset() {
	start := time.Now()
	timer := time.NewTimer(time.Hour)
	timer.Reset(20 * time.Millisecond)
	<-timer.C
	say(millis(time.Since(start)))
}

// inOrder starts five timers 100 ms apart, the longest first, and prints them as they fire.
func inOrder() {
	fired := make(chan int)
	start := func(i int) {
		time.AfterFunc(time.Duration(i)*100*time.Millisecond, func() { fired <- i })
	}
	for i := 5; i >= 1; i-- {
		start(i)
	}
	for i := 0; i < 5; i++ {
		say(strconv.Itoa(<-fired))
	}
}

// thousand starts 1,000 timers of up to 100 ms and prints how many fired, and how many of them early.
func thousand() {
	early := make(chan bool)
	begin := func(d time.Duration) {
		start := time.Now()
		time.AfterFunc(d, func() { early <- time.Since(start) < d })
	}
	for i := 0; i < 1000; i++ {
		begin(time.Duration(i*7919%1000) * 100 * time.Microsecond)
	}
	tooEarly := 0
	for i := 0; i < 1000; i++ {
		if <-early {
			tooEarly++
		}
	}
	say("1000 fired,", strconv.Itoa(tooEarly), "early")
}

// farFuture has a timer for the end of time pending while a short one fires.
func farFuture() {
	never := time.NewTimer(math.MaxInt64)
	select {
	case <-never.C:
		say("the end of time")
	case <-time.After(20 * time.Millisecond):
		say("20 ms")
	}
}

// contextDeadline waits for a context's deadline and prints the reason.
func contextDeadline() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	say(ctx.Err().Error())
}

// contextCancel cancels a context long before its deadline and prints the reason.
func contextCancel() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	time.AfterFunc(10*time.Millisecond, cancel)
	<-ctx.Done()
	say(ctx.Err().Error())
}

// contextNested waits for a context whose parent's deadline comes first.
func contextNested() {
	parent, cancelParent := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancelParent()
	child, cancelChild := context.WithTimeout(parent, time.Hour)
	defer cancelChild()
	<-child.Done()
	say(child.Err().Error())
}
