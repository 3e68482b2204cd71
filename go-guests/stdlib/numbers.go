package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/cmplx"
	"strconv"
	"sync/atomic"
	"unsafe"
)

// The variables keep the compiler from computing what the probes are about.
var (
	minInt64, minusOne, seven = int64(math.MinInt64), int64(-1), int64(7)
	zero, one, three          = 0.0, 1.0, 3.0
)

// integers prints what overflows, and the signs of quotients and remainders.
func integers([]string) {
	maxInt32, byte200 := int32(math.MaxInt32), uint8(200)
	fmt.Println(minInt64-1, -minInt64, minInt64/minusOne, minInt64%minusOne, minInt64*minusOne)
	fmt.Println(maxInt32+1, byte200+100, int8(byte200), uint32(minusOne), uint64(minusOne), int32(minInt64+5))
	fmt.Println(-seven/2, -seven%2, seven/-2, seven%-2, uint64(math.MaxUint64)/uint64(seven), uint64(math.MaxUint64)%uint64(seven))
}

// shifts prints shifts by as much as a word and more, which WebAssembly takes modulo its width.
func shifts([]string) {
	for _, by := range []uint{0, 31, 32, 33, 63, 64, 65, 200} {
		fmt.Println(by, uint32(math.MaxUint32)<<by, int32(math.MinInt32)>>by, uint64(math.MaxUint64)<<by, minInt64>>by, uint64(math.MaxUint64)>>by, int8(-128)>>by)
	}
}

// floats prints what the operations give at the edges, as bits.
func floats([]string) {
	inf, largest, smallest := one/zero, math.MaxFloat64*one, math.SmallestNonzeroFloat64*one
	for _, x := range []float64{
		-one / inf, inf - one, largest * 2, smallest / 2, 0.1 + 0.2*one, one / three,
		math.Sqrt(2 * one), math.Sqrt(-zero), math.Min(zero, math.Copysign(0, -1)), math.Max(math.Copysign(0, -1), zero), math.Mod(-5*one, 3), math.Remainder(5*one, 3),
	} {
		fmt.Printf("%016x ", math.Float64bits(x))
	}
	fmt.Println()
	small, subnormal := float32(one/three), float32(math.SmallestNonzeroFloat32)
	fmt.Printf("%08x %08x %08x %08x\n", math.Float32bits(small), math.Float32bits(subnormal), math.Float32bits(subnormal/2), math.Float32bits(float32(1e39*one)))
	fmt.Println(int64(2.9*one), int64(-2.9*one), uint8(255*one), int32(-2147483648*one), float32(16777217*one), float64(math.MaxInt64-int64(zero)))
}

// nan prints how NaN compares, and whether the bits of one survive storing, moving and negating.
func nan([]string) {
	x := math.NaN()
	fmt.Println(x == x, x < 1, x > 1, x != x, math.IsNaN(math.Max(x, 1)), math.IsNaN(zero/zero), math.IsNaN(math.Sqrt(-one)))
	payload := math.Float64frombits(0x7ff8dead_beef1234)
	kept := []float64{payload}
	copied := append([]float64(nil), kept...)
	fmt.Printf("%016x %016x %08x\n", math.Float64bits(copied[0]), math.Float64bits(-copied[0]), math.Float32bits(math.Float32frombits(0x7fc12345)))
	set := map[float64]int{x: 1}
	set[x] = 2
	fmt.Println(len(set))
}

// fusedMultiplyAdd prints x*y+z rounded once and rounded twice, which differ.
func fusedMultiplyAdd([]string) {
	x, y, z := one+0x1p-52, one-0x1p-53, -one
	fmt.Printf("%016x %016x\n", math.Float64bits(math.FMA(x, y, z)), math.Float64bits(float64(x*y)+z))
	fmt.Println(math.FMA(math.MaxFloat64*one, 2, math.Inf(-1)), math.IsNaN(math.FMA(math.Inf(1), zero, one)))
}

// rounding prints numbers around a half, rounded in each way.
func rounding([]string) {
	for _, x := range []float64{-2.5, -1.5, -0.5, -0.2, 0.5, 1.5, 2.5, 0.49999999999999994, 4503599627370497.5, 1e300} {
		fmt.Println(x*one, math.Floor(x), math.Ceil(x), math.Trunc(x), math.Round(x), math.RoundToEven(x))
	}
}

// transcendent prints functions to twelve digits, which an implementation in software has the same everywhere.
func transcendent([]string) {
	for _, x := range []float64{0.5, 1, 2, 10} {
		fmt.Printf("%.12g %.12g %.12g %.12g %.12g %.12g\n", math.Sin(x), math.Exp(x), math.Log(x), math.Pow(x, 1.5), math.Gamma(x), math.Atan2(x, -1))
	}
	fmt.Printf("%.6f\n", cmplx.Exp(complex(0, math.Pi)))
}

// extremes prints what strconv makes of numbers at and beyond the edges.
func extremes([]string) {
	for _, text := range []string{"9223372036854775807", "9223372036854775808", "-9223372036854775808", "0x_ff", "1_000", "٣", ""} {
		n, err := strconv.ParseInt(text, 0, 64)
		fmt.Println(n, err)
	}
	for _, text := range []string{"1.7976931348623157e308", "1.7976931348623159e308", "4.9e-324", "2e-324", "0x1p-1074", "inf", "-NaN", "2.2250738585072011e-308", "1e"} {
		x, err := strconv.ParseFloat(text, 64)
		fmt.Println(x, err)
	}
	fmt.Println(strconv.FormatInt(math.MinInt64, 36), strconv.Quote("\x00\u2028\U0001f600\xff"), strconv.QuoteToASCII("é"))
}

// shortest prints floats in the fewest digits that read back, and in many.
func shortest([]string) {
	for _, x := range []float64{0.1, 1.0 / 3, 5e-324, math.MaxFloat64, 123456789, 1e23, 9007199254740993, 2.2250738585072014e-308, math.Copysign(0, -1)} {
		fmt.Println(strconv.FormatFloat(x, 'g', -1, 64), strconv.FormatFloat(x, 'e', 20, 64), strconv.FormatFloat(x, 'x', -1, 64), float32(x))
	}
	wrong, bits := 0, uint64(1)
	for i := 0; i < 5000; i++ {
		bits = bits*6364136223846793005 + 1442695040888963407
		x := math.Float64frombits(bits)
		back, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', -1, 64), 64)
		if back != x && x == x {
			wrong++
		}
	}
	fmt.Println(wrong, "wrong")
}

// bigNumbers prints a factorial's digest, a power modulo a prime, a quotient, a root, and digits of pi.
func bigNumbers([]string) {
	factorial := new(big.Int).MulRange(1, 500)
	fmt.Println(len(factorial.String()), digest(factorial.Bytes()))
	prime := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 521), big.NewInt(1))
	fmt.Println(prime.ProbablyPrime(5), digest(new(big.Int).Exp(big.NewInt(3), factorial, prime).Bytes()))
	quotient, remainder := new(big.Int).QuoRem(factorial, prime, new(big.Int))
	fmt.Println(quotient.Mul(quotient, prime).Add(quotient, remainder).Cmp(factorial), new(big.Int).Sqrt(factorial).BitLen())
	fmt.Println(new(big.Rat).Add(big.NewRat(1, 3), big.NewRat(1, 6)), new(big.Int).GCD(nil, nil, big.NewInt(84), big.NewInt(30)))
	fmt.Println(new(big.Float).SetPrec(200).Sqrt(new(big.Float).SetPrec(200).SetInt64(2)).Text('f', 50))
}

// bitTricks prints counts, rotations and wide products, of which WebAssembly has some as instructions.
func bitTricks([]string) {
	for _, x := range []uint64{0, 1, 0x8000000000000000, 0x00ff00ff12345678, math.MaxUint64} {
		fmt.Printf("%d %d %d %x %x %x\n", bits.LeadingZeros64(x), bits.TrailingZeros64(x), bits.OnesCount64(x), bits.RotateLeft64(x, 13), bits.Reverse64(x), bits.ReverseBytes64(x))
		fmt.Printf("%d %d %d %x\n", bits.LeadingZeros32(uint32(x)), bits.TrailingZeros16(uint16(x)), bits.OnesCount8(uint8(x)), bits.RotateLeft32(uint32(x), -7))
	}
	high, low := bits.Mul64(math.MaxUint64, 0x123456789abcdef)
	quotient, remainder := bits.Div64(5, 0, 0x8000000000000001)
	sum, carry := bits.Add64(math.MaxUint64, 1, 1)
	fmt.Printf("%x %x %x %x %x %x\n", high, low, quotient, remainder, sum, carry)
}

// atomics adds, swaps and compares 64-bit words, aligned only as a struct has them.
func atomics([]string) {
	var s struct {
		pad   uint8
		count atomic.Int64
		value atomic.Value
		ptr   atomic.Pointer[int]
	}
	s.count.Store(math.MaxInt64)
	fmt.Println(s.count.Add(1), s.count.Swap(5), s.count.CompareAndSwap(5, 1<<40), s.count.CompareAndSwap(5, 0), s.count.Load())
	n := 3
	s.value.Store("word")
	s.ptr.Store(&n)
	fmt.Println(s.value.Load(), *s.ptr.Load(), s.ptr.CompareAndSwap(nil, nil), unsafe.Offsetof(s.count)%8)
}

// unaligned reads and writes words at sixteen places in a row, most of them unaligned, and prints how many were wrong.
func unaligned([]string) {
	buf := make([]byte, 32)
	wrong := 0
	for at := 0; at < 16; at++ {
		for i := range buf {
			buf[i] = byte(i)
		}
		if *(*uint64)(unsafe.Pointer(&buf[at])) != binary.LittleEndian.Uint64(buf[at:]) || *(*uint16)(unsafe.Pointer(&buf[at])) != uint16(at)|uint16(at+1)<<8 {
			wrong++
		}
		*(*float64)(unsafe.Pointer(&buf[at])) = 1.5
		if binary.LittleEndian.Uint64(buf[at:]) != math.Float64bits(1.5) || buf[at+8] != byte(at+8) {
			wrong++
		}
	}
	fmt.Println(wrong, "wrong")
}
