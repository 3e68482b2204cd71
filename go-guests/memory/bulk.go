package main

import (
	"bytes"
	"hash/crc32"
	"strconv"
)

// pattern returns n bytes in which no two neighbours are alike.
func pattern(n int) []byte {
	buf := make([]byte, n)
	for i := range buf {
		buf[i] = byte(i*7 + i>>8)
	}
	return buf
}

// overlap copies within a buffer, forwards and backwards, over every distance up to 40 and in lengths around
// those at which an engine changes its way of copying, and prints how many copies differ from one made a byte
// at a time.
func overlap([]string) {
	lengths := []int{0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 255, 256, 257, 1000, 4096, 5000}
	copies, wrong := 0, 0
	for _, n := range lengths {
		for distance := 0; distance <= 40; distance++ {
			for _, from := range []int{0, distance} {
				to := distance - from
				got, want := pattern(n+64), pattern(n+64)
				copy(got[to:to+n], got[from:from+n])
				for i, b := range pattern(n + 64)[from : from+n] {
					want[to+i] = b
				}
				copies++
				if !bytes.Equal(got, want) {
					wrong++
				}
			}
		}
	}
	say(strconv.Itoa(copies), "copies,", strconv.Itoa(wrong), "wrong")
}

// clearEdges sets pieces of a buffer to zero, at odd places and in many lengths, and prints how many times a
// byte inside was left or one outside was changed.
func clearEdges([]string) {
	wrong := 0
	for n := 0; n <= 300; n++ {
		for start := 0; start < 9; start++ {
			buf := bytes.Repeat([]byte{0xff}, 320)
			piece := buf[start : start+n]
			for i := range piece {
				piece[i] = 0
			}
			if bytes.Count(buf, []byte{0}) != n || bytes.Count(piece, []byte{0}) != n {
				wrong++
			}
		}
	}
	say(strconv.Itoa(wrong), "wrong")
}

// compare compares buffers that differ in one byte, for every length up to 200 and every place of that byte,
// and prints how many answers of Equal, Compare and IndexByte are wrong, and the checksum of a megabyte.
func compare([]string) {
	wrong := 0
	for n := 1; n <= 200; n++ {
		same, other := bytes.Repeat([]byte{'a'}, n), bytes.Repeat([]byte{'a'}, n)
		for at := 0; at < n; at++ {
			other[at] = 'b'
			if bytes.Equal(same, other) || bytes.Compare(same, other) != -1 || bytes.IndexByte(other, 'b') != at {
				wrong++
			}
			other[at] = 'a'
		}
		if !bytes.Equal(same, other) {
			wrong++
		}
	}
	say(strconv.Itoa(wrong), "wrong")
	say(strconv.FormatUint(uint64(crc32.ChecksumIEEE(pattern(1<<20))), 16))
}

// bigMap puts 100,000 numbers into a map, takes every other one out, and prints how many are left, their sum,
// and how many of those taken out are found.
func bigMap([]string) {
	squares := make(map[int]int)
	for i := 0; i < 100_000; i++ {
		squares[i] = i * i
	}
	for i := 0; i < 100_000; i += 2 {
		delete(squares, i)
	}
	sum, found := 0, 0
	for i := 0; i < 100_000; i++ {
		square, ok := squares[i]
		sum += square
		if ok && i%2 == 0 {
			found++
		}
	}
	say(strconv.Itoa(len(squares)), strconv.Itoa(sum), strconv.Itoa(found))
}

// bigStack recurses 1,000 deep with frames of 16 KB, so that the stack grows to 16 MB and is copied each time
// it doubles, and prints how many frames were changed on the way back.
func bigStack([]string) {
	say(strconv.Itoa(frames(1000)), "frames wrong")
}

// frames keeps 16 KB in each frame and looks at both ends of it after the deeper call.
func frames(n int) int {
	var frame [16 << 10]byte
	frame[0], frame[len(frame)-1] = byte(n), byte(n+1)
	wrong := 0
	if n > 0 {
		wrong = frames(n - 1)
	}
	if frame[0] != byte(n) || frame[len(frame)-1] != byte(n+1) || frame[n%8000+1] != 0 {
		wrong++
	}
	return wrong
}

// moved keeps a pointer to a variable on the stack while the stack grows and moves, writes through it at the
// bottom, and prints the variable.
func moved([]string) {
	value := 1
	through(&value, 2000)
	say(strconv.Itoa(value))
}

// through goes n calls down and adds n through the pointer on each way back.
func through(value *int, n int) int {
	var frame [256]byte
	if n > 0 {
		frame[n%256] = byte(through(value, n-1))
	}
	*value += n
	return int(frame[n%256])
}
