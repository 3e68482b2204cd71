package main

import (
	"os"
	"strconv"
	"time"
)

// idle sleeps five times and never looks at stdin.
func idle([]string) {
	for i := 0; i < 5; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	say("five sleeps")
}

// tick sleeps five times while another goroutine waits for stdin, then returns without waiting for it. A read
// that comes back is shown.
func tick([]string) {
	go func() {
		_, err := os.Stdin.Read(make([]byte, 1))
		say("Read:", describe(err))
	}()
	for i := 0; i < 5; i++ {
		time.Sleep(10 * time.Millisecond)
	}
	say("five sleeps")
}

// tickAndRead reads one line in a goroutine and prints it, and whether main got five sleeps of 10 ms done
// before the line came.
func tickAndRead([]string) {
	line := make(chan string)
	go func() {
		buf := make([]byte, 100)
		n, err := os.Stdin.Read(buf)
		line <- strconv.Quote(string(buf[:n])) + ", " + describe(err)
	}()
	say("waiting")
	ticks := 0
	for {
		select {
		case text := <-line:
			say(text)
			say("five sleeps before it:", strconv.FormatBool(ticks >= 5))
			return
		case <-time.After(10 * time.Millisecond):
			ticks++
		}
	}
}

// deadline gives a read of stdin 20 ms.
func deadline([]string) {
	if err := os.Stdin.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		say("SetReadDeadline:", describe(err))
		return
	}
	_, err := os.Stdin.Read(make([]byte, 1))
	say("Read:", describe(err))
}
