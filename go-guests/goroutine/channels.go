package main

import (
	"runtime"
	"strconv"
)

// unbuffered shows in which order a sender and a receiver get on: the sender's "sent 1" can only follow the
// receive, and the receiver holds its second receive back until it has seen that line.
func unbuffered([]string) {
	ch, printed := make(chan int), make(chan bool)
	go func() {
		for i := 1; i <= 3; i++ {
			ch <- i
			say("sent", strconv.Itoa(i))
			printed <- true
		}
		close(ch)
	}()
	for n := range ch {
		<-printed
		say("received", strconv.Itoa(n))
	}
}

// buffered fills a channel of three, then takes from it with nobody sending.
func buffered([]string) {
	ch := make(chan int, 3)
	for i := 1; i <= 3; i++ {
		ch <- i
	}
	close(ch)
	say(strconv.Itoa(len(ch)), "of", strconv.Itoa(cap(ch)))
	for i := 0; i < 4; i++ {
		n, open := <-ch
		say(strconv.Itoa(n), strconv.FormatBool(open))
	}
}

// rangeOver ranges over a channel until it is closed.
func rangeOver([]string) {
	ch := make(chan string)
	go func() {
		for _, word := range []string{"one", "two", "three"} {
			ch <- word
		}
		close(ch)
	}()
	for word := range ch {
		say(word)
	}
}

// pipeline passes 100 numbers through 100 goroutines in a row that each add one, and prints their sum.
func pipeline([]string) {
	first := make(chan int)
	in := first
	for i := 0; i < 100; i++ {
		out := make(chan int)
		go func(in <-chan int, out chan<- int) {
			for n := range in {
				out <- n + 1
			}
			close(out)
		}(in, out)
		in = out
	}
	go func() {
		for i := 0; i < 100; i++ {
			first <- i
		}
		close(first)
	}()
	total := 0
	for n := range in {
		total += n
	}
	say(strconv.Itoa(total))
}

// selectReady takes the one channel of three that has something.
func selectReady([]string) {
	silent, full := make(chan int), make(chan int, 1)
	full <- 7
	select {
	case <-silent:
		say("received from the silent one")
	case silent <- 1:
		say("sent to the silent one")
	case n := <-full:
		say("received", strconv.Itoa(n))
	}
}

// selectDefault takes the default when nothing is ready, and sees what a goroutine sends after a yield.
func selectDefault([]string) {
	ch := make(chan int, 1)
	look := func() {
		select {
		case n := <-ch:
			say("received", strconv.Itoa(n))
		default:
			say("nothing")
		}
	}
	look()
	done := make(chan bool)
	go func() {
		ch <- 1
		done <- true
	}()
	<-done
	look()
	runtime.Gosched()
	look()
}

// nilChannel shows that a nil channel is never ready.
func nilChannel([]string) {
	var never chan int
	select {
	case <-never:
		say("received")
	case never <- 1:
		say("sent")
	default:
		say("neither")
	}
}
