// Stdlib does with Go's standard library what programs do every day: it encodes, packs, computes, formats,
// parses and checks.
package main

import (
	"fmt"
	"os"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"json":          jsonRoundTrip,
	"json-numbers":  jsonNumbers,
	"json-errors":   jsonErrors,
	"json-stream":   jsonStream,
	"xml":           xmlRoundTrip,
	"csv":           csvRoundTrip,
	"gob":           gobRoundTrip,
	"base":          baseEncodings,
	"binary":        binaryEncoding,
	"utf16":         utf16Encoding,
	"gzip":          gzipRoundTrip,
	"levels":        levels,
	"zlib":          zlibRoundTrip,
	"damaged":       damaged,
	"bzip2":         bunzip,
	"lzw":           lzwRoundTrip,
	"zip":           zipInMemory,
	"zip-disk":      zipOnDisk,
	"tar":           tarInMemory,
	"tar-disk":      tarOnDisk,
	"regexp":        regularExpressions,
	"regexp-linear": linear,
	"fmt":           formats,
	"scan":          scan,
	"tabwriter":     table,
	"long-lines":    longLines,
	"log":           logging,
	"slog":          structuredLog,
	"flag":          flags,
	"embed":         embedded,
	"errors":        wrapped,
	"errno":         errnoKinds,
	"sort":          sorting,
	"heap":          heapAndList,
	"slices":        slicesAndMaps,
	"strings":       words,
	"unicode":       unicodeTables,
	"integers":      integers,
	"shifts":        shifts,
	"floats":        floats,
	"nan":           nan,
	"fma":           fusedMultiplyAdd,
	"rounding":      rounding,
	"transcendent":  transcendent,
	"strconv":       extremes,
	"shortest":      shortest,
	"big":           bigNumbers,
	"bits":          bitTricks,
	"atomics":       atomics,
	"unaligned":     unaligned,
	"hashes":        hashes,
	"hmac":          authenticated,
	"aes":           aesModes,
	"ed25519":       ed25519Signature,
	"ecdsa":         ecdsaSignature,
	"format-time":   formatTime,
	"parse-time":    parseTime,
	"calendar":      calendar,
	"durations":     durations,
	"zones":         zones,
	"no-zone":       noZone,
	"reflect":       reflection,
	"testing":       testsInside,
	"benchmark":     benchmark,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("stdlib: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// check ends the program's probe with what went wrong, where nothing should.
func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(0)
	}
}
