// Renumber gives a descriptor another number, as fd_renumber of preview 1 does. Natively that is dup3, and a close.
package main

import (
	"os"
	"strconv"
	"syscall"
)

// probes maps the argument to what is observed.
var probes = map[string]func() string{
	"onto-an-open-one":  ontoAnOpenOne,
	"onto-a-closed-one": ontoAClosedOne,
	"onto-itself":       ontoItself,
	"many":              many,
}

// times is how often a descriptor is replaced: more often than a process may have files open.
const times = 3000

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("renumber: unknown probe")
		os.Exit(99)
	}
	os.Stdout.WriteString(probes[os.Args[1]]())
}

// ontoAnOpenOne gives a file the number of another open file, and prints what that number reads, and whether the old number
// is still good.
func ontoAnOpenOne() string {
	first, second := open("a.txt"), open("sub/b.txt")
	if err := renumber(first, second); err != nil {
		return "refused\n"
	}
	old := "the old number is closed\n"
	if _, err := syscall.Read(first, make([]byte, 1)); err == nil {
		old = "the old number reads\n"
	}
	return "reads: " + content(second) + old
}

// ontoAClosedOne gives a file the number of a closed one, and then opens three more.
func ontoAClosedOne() string {
	first, second := open("a.txt"), open("a.txt")
	syscall.Close(second)
	return said(renumber(first, second)) + openThree()
}

// ontoItself gives a file its own number, and then opens three more.
func ontoItself() string {
	file := open("a.txt")
	return said(renumber(file, file)) + "reads: " + content(file) + openThree()
}

// many replaces one descriptor by a new one again and again. What is replaced is closed.
func many() string {
	to := open("a.txt")
	for n := 0; n < times; n++ {
		file, err := syscall.Open("a.txt", syscall.O_RDONLY, 0)
		if err != nil {
			return "not opened after " + strconv.Itoa(n) + "\n"
		}
		if renumber(file, to) != nil {
			return "refused after " + strconv.Itoa(n) + "\n"
		}
	}
	return "reads: " + content(to)
}

func said(err error) string {
	if err != nil {
		println("renumber:", err.Error())
		return "refused\n"
	}
	return "renumbered\n"
}

// openThree opens a file three times, and prints what each reads.
func openThree() string {
	text := ""
	for i := 0; i < 3; i++ {
		text += "opened: " + content(open("a.txt"))
	}
	return text
}

func open(name string) int {
	file, err := syscall.Open(name, syscall.O_RDONLY, 0)
	if err != nil {
		println("renumber:", name, err.Error())
		os.Exit(1)
	}
	return file
}

func content(file int) string {
	buffer := make([]byte, 100)
	n, err := syscall.Read(file, buffer)
	if err != nil {
		return "error\n"
	}
	return string(buffer[:n])
}
