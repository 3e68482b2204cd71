package main

import (
	"math"
	"strconv"
	"unsafe"
)

// add adds two numbers of 32 bits.
//
//go:wasmexport add
func add(a, b int32) int32 {
	return a + b
}

// add64 adds two numbers of 64 bits.
//
//go:wasmexport add64
func add64(a, b int64) int64 {
	return a + b
}

// half halves a number.
//
//go:wasmexport half
func half(x float64) float64 {
	return x / 2
}

// bits returns the bits of a floating point number.
//
//go:wasmexport bits
func bits(x float64) int64 {
	return int64(math.Float64bits(x))
}

// unsigned returns what a 32-bit argument is without its sign.
//
//go:wasmexport unsigned
func unsigned(x uint32) int64 {
	return int64(x)
}

// truth turns a boolean round.
//
//go:wasmexport truth
func truth(x bool) bool {
	return !x
}

// order prints its arguments: they must not change places.
//
//go:wasmexport order
func order(a int32, b int64, c float64, d int32) {
	say(strconv.Itoa(int(a)), strconv.FormatInt(b, 10), strconv.FormatFloat(c, 'g', -1, 64), strconv.Itoa(int(d)))
}

// allocated keeps what alloc has handed out from the garbage collector.
var allocated [][]byte

// alloc makes a buffer for the host to write into, and returns whether its address is one that a host can use.
//
//go:wasmexport alloc
func alloc(size int32) unsafe.Pointer {
	buf := make([]byte, size)
	allocated = append(allocated, buf)
	return unsafe.Pointer(&buf[0])
}

// buffers returns how many buffers there are, and checks that none lies in another and none is in the
// first page, where no pointer points.
//
//go:wasmexport buffers
func buffers() int32 {
	for i, a := range allocated {
		begin := uintptr(unsafe.Pointer(&a[0]))
		if begin < 4096 {
			return -1
		}
		for _, b := range allocated[:i] {
			other := uintptr(unsafe.Pointer(&b[0]))
			if begin < other+uintptr(len(b)) && other < begin+uintptr(len(a)) {
				return -1
			}
		}
	}
	return int32(len(allocated))
}

// length returns the length of a string that the host gives by address and length.
//
//go:wasmexport length
func length(text string) int32 {
	return int32(len(text))
}

// sum adds the bytes of a string that the host gives by address and length.
//
//go:wasmexport sum
func sum(text string) int32 {
	total := int32(0)
	for i := 0; i < len(text); i++ {
		total += int32(text[i])
	}
	return total
}
