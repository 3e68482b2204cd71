// Memory takes memory, gives it back, and looks at what Go's collector makes of it.
package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"reuse":       reuse,
	"zeroed":      zeroed,
	"exhaust":     exhaust,
	"make":        makeSlice,
	"far":         far,
	"overlap":     overlap,
	"clear":       clearEdges,
	"compare":     compare,
	"map":         bigMap,
	"stack":       bigStack,
	"moved":       moved,
	"percent":     percent,
	"limit":       limit,
	"stats":       stats,
	"free":        free,
	"interior":    interior,
	"resurrected": resurrected,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("memory: unknown probe")
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
		println("memory: not a number:", args[0])
		os.Exit(99)
	}
	return n
}

// sink keeps what is stored in it from being optimized away.
var sink any

// read returns the collector's figures.
func read() runtime.MemStats {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats
}

// reuse takes a megabyte and drops it, as often as its argument says, and prints whether the heap ever took
// more than 64 MB from the host.
func reuse(args []string) {
	for n := number(args); n > 0; n-- {
		block := make([]byte, 1<<20)
		block[n%len(block)] = 1
		sink = block
	}
	stats := read()
	say("at most 64 MB:", strconv.FormatBool(stats.Sys <= 64<<20)+", collected:", strconv.FormatBool(stats.NumGC > 0))
}

// zeroed fills 32 MB with ones, drops them, takes 32 MB again and prints how many bytes of those are not zero.
func zeroed([]string) {
	fill := func(b byte) (wrong int) {
		for i := 0; i < 32; i++ {
			block := make([]byte, 1<<20)
			for j := range block {
				if block[j] != 0 {
					wrong++
				}
				block[j] = b
			}
			sink = block
		}
		return wrong
	}
	fill(0xff)
	sink = nil
	runtime.GC()
	say(strconv.Itoa(fill(1)), "bytes wrong")
}

// exhaust takes blocks of 16 MB and keeps them until there is no more.
func exhaust([]string) {
	say("started")
	var kept [][]byte
	for {
		kept = append(kept, make([]byte, 16<<20))
		sink = kept
	}
}

// makeSlice makes a slice of 2 to the power of its argument bytes, and prints the panic that this is.
func makeSlice(args []string) {
	defer func() {
		if err, ok := recover().(error); ok {
			say("error:", err.Error())
		}
	}()
	block := make([]byte, 1<<number(args))
	sink = block
	say(strconv.Itoa(len(block)), "bytes")
}

// far takes as many MB as its argument says in one piece and writes to five places in it, first and last byte
// among them, and prints what is read back from these and from the bytes beside them.
func far(args []string) {
	block := make([]byte, number(args)<<20)
	places := []int{0, len(block) / 4, len(block) / 2, len(block) / 4 * 3, len(block) - 2}
	for i, at := range places {
		block[at] = byte(i + 1)
	}
	for _, at := range places {
		say(strconv.Itoa(int(block[at])), strconv.Itoa(int(block[at+1])))
	}
	sink = block
}
