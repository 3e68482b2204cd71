package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	mathrand "math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// now prints the time to the nanosecond.
func now([]string) {
	say(time.Now().UTC().Format("2006-01-02 15:04:05.000000000"))
}

// elapsed prints the nanoseconds between two looks at the clock, by the wall clock and by the monotonic one.
func elapsed([]string) {
	first, second := time.Now(), time.Now()
	say("wall", strconv.FormatInt(second.UnixNano()-first.UnixNano(), 10))
	say("monotonic", strconv.FormatInt(int64(second.Sub(first)), 10))
}

// sleeps sleeps 5 ms three times and prints whether each has passed by the guest's own clock.
func sleeps([]string) {
	for i := 0; i < 3; i++ {
		began := time.Now()
		time.Sleep(5 * time.Millisecond)
		say(strconv.FormatBool(time.Since(began) >= 5*time.Millisecond))
	}
}

// ticks prints how often a timer of 1 ms fires before one of 5 ms.
func ticks([]string) {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(5 * time.Millisecond)
	for n := 0; ; {
		select {
		case <-ticker.C:
			n++
		case <-deadline:
			say("ticks", strconv.Itoa(n))
			return
		}
	}
}

// key prints 32 random bytes.
func key([]string) {
	buf := make([]byte, 32)
	if _, err := rand.Read(buf); err != nil {
		say("error:", err.Error())
		return
	}
	say(hex.EncodeToString(buf))
}

// numbers prints four numbers of the generator that seeds itself.
func numbers([]string) {
	for i := 0; i < 4; i++ {
		say(strconv.FormatInt(mathrand.Int63(), 16))
	}
}

// mapOrder prints in which order a map of 64 keys is gone through.
func mapOrder([]string) {
	keys := make(map[int]bool)
	for i := 0; i < 64; i++ {
		keys[i] = true
	}
	var seen []string
	for i := range keys {
		seen = append(seen, strconv.Itoa(i))
	}
	say(seen...)
}

// hash prints a hash under a seed of the run's own.
func hash([]string) {
	say(strconv.FormatUint(maphash.String(maphash.MakeSeed(), "text"), 16))
}

// choose prints which of two ready channels each of 64 selects takes.
func choose([]string) {
	a, b := make(chan bool, 64), make(chan bool, 64)
	for i := 0; i < 64; i++ {
		a <- true
		b <- true
	}
	var taken strings.Builder
	for i := 0; i < 64; i++ {
		select {
		case <-a:
			taken.WriteByte('a')
		case <-b:
			taken.WriteByte('b')
		}
	}
	say(taken.String())
}

// order prints in which order 16 goroutines run.
func order([]string) {
	finished := make(chan int)
	for i := 0; i < 16; i++ {
		go func(i int) { finished <- i }(i)
	}
	var seen []string
	for i := 0; i < 16; i++ {
		seen = append(seen, strconv.Itoa(<-finished))
	}
	say(seen...)
}

// temp prints the name that a temporary file gets.
func temp([]string) {
	file, err := os.CreateTemp("/data", "name-*")
	if err != nil {
		say("error:", err.Error())
		return
	}
	say(filepath.Base(file.Name()))
	file.Close()
}

// journal does all of this in turn, as a program does that writes a log.
func journal(args []string) {
	for i := 0; i < 3; i++ {
		now(args)
		key(args)
		numbers(args)
		mapOrder(args)
		hash(args)
		choose(args)
		order(args)
		time.Sleep(time.Millisecond)
	}
}

// pure prints a digest of a long computation that neither time nor chance has a part in.
func pure([]string) {
	x := 0.5
	hash := sha256.New()
	for i := 0; i < 5000; i++ {
		// A conversion rounds, where Go may fuse what it does at once.
		x = float64(float64(3.99*x) * (1 - x))
		hash.Write(strconv.AppendFloat(nil, x, 'g', -1, 64))
	}
	say(hex.EncodeToString(hash.Sum(nil)))
}
