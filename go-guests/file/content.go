package main

import (
	"bytes"
	"io"
	"os"
	"strconv"
)

func init() {
	register(map[string]func(args []string){
		"write-file":     writeFile,
		"every-byte":     everyByte,
		"zero-write":     zeroWrite,
		"zero-read":      zeroRead,
		"at-the-end":     atTheEnd,
		"past-the-end":   pastTheEnd,
		"read-at":        readAt,
		"read-at-offset": readAtOffset,
		"write-at":       writeAt,
		"write-at-gap":   writeAtGap,
		"append-at":      appendAt,
		"write-read":     writeThenRead,
		"large":          large,
		"large-read":     largeRead,
		"byte-by-byte":   byteByByte,
	})
}

// writeFile makes its second argument the first one's whole content, and prints what the file holds.
func writeFile(args []string) {
	say("write:", kind(os.WriteFile(args[0], []byte(args[1]), 0o644)))
	holds(args[0])
}

// everyByte writes each of the 256 values a byte can have and prints whether they come back.
func everyByte(args []string) {
	data := make([]byte, 256)
	for i := range data {
		data[i] = byte(i)
	}
	check(os.WriteFile(args[0], data, 0o644))
	back, err := os.ReadFile(args[0])
	check(err)
	say("the same:", strconv.FormatBool(bytes.Equal(data, back)))
}

// zeroWrite writes no bytes between two writes and prints what came of it.
func zeroWrite(args []string) {
	file := open(args[0], os.O_CREATE|os.O_WRONLY)
	put(file, "a")
	say("write:", count(file.Write(nil)))
	say("write:", count(file.Write([]byte{})))
	put(file, "b")
	check(file.Close())
	holds(args[0])
}

// zeroRead reads no bytes at the start and at the end of a file; neither is the end of the file.
func zeroRead(args []string) {
	file := open(args[0], os.O_RDONLY)
	say("start:", count(file.Read(nil)))
	say("read:", take(file, 100))
	say("end:", count(file.Read(nil)))
}

// atTheEnd reads a file to its end and then twice more.
func atTheEnd(args []string) {
	file := open(args[0], os.O_RDONLY)
	say("read:", take(file, 6))
	say("again:", count(file.Read(make([]byte, 10))))
	say("again:", count(file.Read(make([]byte, 10))))
}

// pastTheEnd reads at an offset where the file has nothing, by Seek and by ReadAt.
func pastTheEnd(args []string) {
	file := open(args[0], os.O_RDONLY)
	_, err := file.Seek(1000, io.SeekStart)
	check(err)
	say("read:", count(file.Read(make([]byte, 10))))
	say("read at:", count(file.ReadAt(make([]byte, 10), 1000)))
	sized(args[0])
}

// readAt reads from the middle, over the end and at the end, and then from where Read left off.
func readAt(args []string) {
	file := open(args[0], os.O_RDONLY)
	say("read:", take(file, 1))
	buffer := make([]byte, 3)
	n, err := file.ReadAt(buffer, 2)
	say("middle:", strconv.Quote(string(buffer[:n])), kind(err))
	n, err = file.ReadAt(buffer, 4)
	say("over the end:", strconv.Quote(string(buffer[:n])), kind(err))
	n, err = file.ReadAt(buffer, 6)
	say("at the end:", strconv.Quote(string(buffer[:n])), kind(err))
	say("read on:", take(file, 100))
}

// readAtOffset reads the last byte with exactly enough room; io.ReaderAt leaves open whether io.EOF comes with it, os.File
// says that it does not.
func readAtOffset(args []string) {
	file := open(args[0], os.O_RDONLY)
	say("last byte:", count(file.ReadAt(make([]byte, 1), 5)))
}

// writeAt writes into the middle and then where Write left off.
func writeAt(args []string) {
	file := open(args[0], os.O_RDWR)
	put(file, "1")
	say("write at:", count(file.WriteAt([]byte("AT"), 3)))
	put(file, "2")
	check(file.Close())
	holds(args[0])
}

// writeAtGap writes past the end; what lies between reads as zeros.
func writeAtGap(args []string) {
	file := open(args[0], os.O_RDWR)
	say("write at:", count(file.WriteAt([]byte("far"), 10)))
	check(file.Close())
	holds(args[0])
}

// appendAt tries WriteAt and ReadAt on a file opened for appending.
func appendAt(args []string) {
	file := open(args[0], os.O_RDWR|os.O_APPEND)
	_, err := file.WriteAt([]byte("x"), 0)
	say("write at:", refusal(err))
	buffer := make([]byte, 2)
	n, err := file.ReadAt(buffer, 1)
	say("read at:", strconv.Quote(string(buffer[:n])), kind(err))
	put(file, "end")
	check(file.Close())
	holds(args[0])
}

// writeThenRead writes over the start of a file and reads on from there, with one handle.
func writeThenRead(args []string) {
	file := open(args[0], os.O_RDWR)
	put(file, "HE")
	say("read:", take(file, 2))
	put(file, "O")
	say("read:", take(file, 100))
	check(file.Close())
	holds(args[0])
}

// megabytes is 8 MiB made of a block whose length is a prime, so that a part that lands elsewhere by a power of two shows.
func megabytes() []byte {
	block := make([]byte, 4099)
	state := uint32(1)
	for i := range block {
		state = state*1664525 + 1013904223
		block[i] = byte(state >> 24)
	}
	return bytes.Repeat(block, 8<<20/len(block)+1)[:8<<20]
}

// large writes 8 MiB in one call and reads them in one io.ReadFull.
func large(args []string) {
	data := megabytes()
	file := open(args[0], os.O_CREATE|os.O_RDWR)
	say("write:", count(file.Write(data)))
	_, err := file.Seek(0, io.SeekStart)
	check(err)
	back := make([]byte, len(data))
	say("read:", count(io.ReadFull(file, back)))
	say("the same:", strconv.FormatBool(bytes.Equal(data, back)))
	say("after it:", count(file.Read(back)))
	check(file.Close())
	check(os.Remove(args[0]))
}

// largeRead prints how much of 8 MiB one Read brings.
func largeRead(args []string) {
	data := megabytes()
	check(os.WriteFile(args[0], data, 0o644))
	file := open(args[0], os.O_RDONLY)
	say(count(file.Read(make([]byte, len(data)))))
	check(file.Close())
	check(os.Remove(args[0]))
}

// byteByByte reads a file with a buffer of one byte.
func byteByByte(args []string) {
	file := open(args[0], os.O_RDONLY)
	text, one := "", make([]byte, 1)
	for {
		n, err := file.Read(one)
		text += string(one[:n])
		if err != nil {
			say(strconv.Quote(text), kind(err))
			return
		}
	}
}
