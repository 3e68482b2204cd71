package main

import (
	"hash/crc32"
	"io"
	"os"
	"strconv"
)

// onHandles are the operations on an open file.
var onHandles = map[string]func(file *os.File, args []string) (string, error){
	"close": func(file *os.File, _ []string) (string, error) { return "", file.Close() },
	"fstat": func(file *os.File, _ []string) (string, error) { return described(file.Stat()) },
	"sync":  func(file *os.File, _ []string) (string, error) { return "", file.Sync() },
	"ftruncate": func(file *os.File, args []string) (string, error) {
		return "", file.Truncate(number(args[0]))
	},
	"read": func(file *os.File, args []string) (string, error) {
		data := make([]byte, number(args[0]))
		n, err := file.Read(data)
		return got(data[:n], err)
	},
	"pread": func(file *os.File, args []string) (string, error) {
		data := make([]byte, number(args[0]))
		n, err := file.ReadAt(data, number(args[1]))
		return got(data[:n], err)
	},
	"write": func(file *os.File, args []string) (string, error) {
		return count(file.Write(letters(args[0], args[1])))
	},
	"pwrite": func(file *os.File, args []string) (string, error) {
		return count(file.WriteAt(letters(args[0], args[2]), number(args[1])))
	},
	"seek": func(file *os.File, args []string) (string, error) {
		whence := map[string]int{"start": io.SeekStart, "current": io.SeekCurrent, "end": io.SeekEnd}[args[1]]
		offset, err := file.Seek(number(args[0]), whence)
		return "offset=" + strconv.FormatInt(offset, 10), err
	},
}

// letters is so many of the alphabet's letters, from one of them on and round.
func letters(count, first string) []byte {
	data := make([]byte, number(count))
	for i := range data {
		data[i] = 'a' + byte((int(first[0]-'a')+i)%26)
	}
	return data
}

func count(n int, err error) (string, error) { return "count=" + strconv.Itoa(n), err }

// got is what was read, of much only its checksum.
func got(data []byte, err error) (string, error) {
	text := strconv.Quote(string(data))
	if len(data) > 40 {
		text = strconv.FormatUint(uint64(crc32.ChecksumIEEE(data)), 16)
	}
	text = "count=" + strconv.Itoa(len(data)) + " data=" + text
	if err == io.EOF {
		return text + " end", nil
	}
	return text, err
}
