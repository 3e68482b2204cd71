// Random draws random bytes and numbers, and looks at what the run-time derives from them.
package main

import (
	"crypto/rand"
	"hash/maphash"
	mathrand "math/rand"
	"os"
	"strconv"
	"strings"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"bytes":    bytes,
	"blocks":   blocks,
	"differ":   differ,
	"twice":    twice,
	"short":    short,
	"numbers":  numbers,
	"floats":   floats,
	"shuffle":  shuffle,
	"map":      mapOrder,
	"maphash":  hashes,
	"sequence": sequence,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("random: unknown probe")
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
		println("random: not a number:", args[0])
		os.Exit(99)
	}
	return n
}

// draw returns n random bytes.
func draw(n int) []byte {
	buf := make([]byte, n)
	if _, err := rand.Read(buf); err != nil {
		say("error:", err.Error())
		os.Exit(1)
	}
	return buf
}

// bytes draws as many bytes as its argument says, and prints how many different values are among them.
func bytes(args []string) {
	var seen [256]bool
	buf := draw(number(args))
	distinct := 0
	for _, b := range buf {
		if !seen[b] {
			seen[b] = true
			distinct++
		}
	}
	say(strconv.Itoa(len(buf)), "bytes,", strconv.Itoa(distinct), "values")
}

// blocks draws as many bytes as its argument says, looks at 16 in every 256 of them, and prints how many of
// these occur twice, all-zero ones among them: a buffer filled only in part, or again and again from a small
// one, has many.
func blocks(args []string) {
	buf := draw(number(args))
	seen := make(map[string]bool)
	looked := 0
	for i := 0; i+256 <= len(buf); i += 256 {
		seen[string(buf[i:i+16])] = true
		looked++
	}
	say(strconv.Itoa(looked), "blocks,", strconv.Itoa(looked-len(seen)), "again")
}

// differ draws 32 bytes twice and prints whether they are equal.
func differ([]string) {
	say("equal:", strconv.FormatBool(string(draw(32)) == string(draw(32))))
}

// twice draws 1,000 times 16 bytes and prints how many draws repeat an earlier one.
func twice([]string) {
	seen := make(map[string]bool)
	for i := 0; i < 1000; i++ {
		seen[string(draw(16))] = true
	}
	say(strconv.Itoa(1000-len(seen)), "of 1000 again")
}

// short draws 1 to 64 bytes into the middle of a zeroed buffer and prints whether a byte outside changed.
func short([]string) {
	for n := 1; n <= 64; n++ {
		buf := make([]byte, 128)
		if _, err := rand.Read(buf[32 : 32+n]); err != nil {
			say("error:", err.Error())
			return
		}
		if strings.Trim(string(buf[:32])+string(buf[32+n:]), "\x00") != "" {
			say("wrote outside a buffer of", strconv.Itoa(n))
			return
		}
	}
	say("wrote inside")
}

// numbers draws 1,000 numbers of 64 bits from the top-level source of math/rand and prints how many differ.
func numbers([]string) {
	seen := make(map[uint64]bool)
	for i := 0; i < 1000; i++ {
		seen[mathrand.Uint64()] = true
	}
	say(strconv.Itoa(len(seen)), "different")
}

// floats draws 10,000 floats and prints how many lie outside [0, 1).
func floats([]string) {
	outside := 0
	for i := 0; i < 10_000; i++ {
		if f := mathrand.Float64(); f < 0 || f >= 1 {
			outside++
		}
	}
	say(strconv.Itoa(outside), "outside")
}

// shuffle shuffles 0 to 99 and prints whether the order is the old one, and the sum.
func shuffle([]string) {
	perm := mathrand.Perm(100)
	sorted, sum := true, 0
	for i, n := range perm {
		sorted = sorted && i == n
		sum += n
	}
	say("in order:", strconv.FormatBool(sorted)+", sum", strconv.Itoa(sum))
}

// sequence draws from a source with a fixed seed.
func sequence([]string) {
	source := mathrand.New(mathrand.NewSource(1))
	for i := 0; i < 3; i++ {
		say(strconv.FormatUint(source.Uint64(), 10))
	}
}

// mapOrder walks a map of eight keys 100 times and prints whether all walks had the same order.
func mapOrder([]string) {
	keys := map[string]bool{"a": true, "b": true, "c": true, "d": true, "e": true, "f": true, "g": true, "h": true}
	orders := make(map[string]bool)
	for i := 0; i < 100; i++ {
		var order string
		for key := range keys {
			order += key
		}
		orders[order] = true
	}
	say("one order:", strconv.FormatBool(len(orders) == 1))
}

// hashes makes two seeds and prints whether one text hashes alike under both, and twice under one.
func hashes([]string) {
	a, b := maphash.MakeSeed(), maphash.MakeSeed()
	say("two seeds agree:", strconv.FormatBool(maphash.String(a, "text") == maphash.String(b, "text")))
	say("one seed agrees:", strconv.FormatBool(maphash.String(a, "text") == maphash.String(a, "text")))
}
