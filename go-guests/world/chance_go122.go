//go:build go1.22

package main

import (
	"math/rand/v2"
	"strconv"
)

func init() {
	probes["number-v2"] = numbersV2
}

// numbersV2 prints four numbers of the second version's generator, which nobody can seed.
func numbersV2([]string) {
	for i := 0; i < 4; i++ {
		say(strconv.FormatUint(rand.Uint64(), 16))
	}
}
