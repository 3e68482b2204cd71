package main

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// files are built into the program.
//
//go:embed embedded
var files embed.FS

// regularExpressions prints matches, groups, replacements and splits.
func regularExpressions([]string) {
	date := regexp.MustCompile(`(?P<year>\d{4})-(?P<month>\d\d)`)
	fmt.Printf("%q\n", date.FindAllStringSubmatch("2024-02 and 1999-12", -1))
	fmt.Println(date.ReplaceAllString("on 2024-02", "${month}/${year}"), date.SubexpIndex("month"))
	fmt.Println(regexp.MustCompile(`(?i)\bÄ\w*|\pL+`).FindAllString("äb 日本 x1", -1))
	fmt.Printf("%q\n", regexp.MustCompile(`\s*,\s*`).Split("a , b,c", -1))
	fmt.Println(regexp.MustCompile(`a+?`).FindString("aaa"), regexp.MustCompilePOSIX(`a|ab`).FindString("ab"))
	_, err := regexp.Compile(`a(?=b)`)
	fmt.Println(err)
}

// linear matches a pattern that takes backtracking engines for ever.
func linear([]string) {
	fmt.Println(regexp.MustCompile(`^(a|a|aa)*$`).MatchString(strings.Repeat("a", 2000) + "b"))
}

// formats prints values with verbs, flags, widths, and mistakes in them.
func formats([]string) {
	type point struct {
		X, Y int
		name string
	}
	p := &point{1, -2, "p"}
	fmt.Printf("%v|%+v|%T|%#v\n", *p, p, p, []any{1, "a", nil, 2.5})
	fmt.Printf("%5d|%-5d|%05d|%+d|%x|%X|%#o|%b|%c|%q|%U\n", 42, 42, 42, 42, -255, 255, 8, 5, '日', '\n', 0x1F600)
	fmt.Printf("%8.3f|%e|%g|%G|%x|%6.2f%%\n", 3.14159, 1e100, 1e-7, 1e21, 1.5, 99.5)
	fmt.Printf("%s|%10.2s|%-6s|%q|%x|% x|%t|%v\n", "go", "gopher", "go", "a\x00\"", "hi", "hi", true, [3]bool{true})
	mistakes := "%d|%z|%s|%d\n" // in a variable, so that vet does not find them
	fmt.Printf(mistakes, "text", 7, 1.5)
	fmt.Printf("%v %v\n", map[string]int{"b": 2, "a": 1}, struct{ error }{io.EOF})
}

// scan reads values from text.
func scan([]string) {
	var n int
	var word string
	var x float64
	count, err := fmt.Sscanf("7 apples at 1.25", "%d %s at %f", &n, &word, &x)
	fmt.Println(count, err, n, word, x)
	count, err = fmt.Sscan("0x1f 0b11 x", &n, new(int), new(int))
	fmt.Println(count, err != nil, n)
}

// table prints columns that line up.
func table([]string) {
	writer := tabwriter.NewWriter(os.Stdout, 0, 8, 2, '.', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(writer, "a\tbbb\tc\t")
	fmt.Fprintln(writer, "aaaa\tüü\tccccc\t")
	check(writer.Flush())
}

// longLines reads a line of a megabyte with a Scanner that does not take it, with one that does, and in pieces.
func longLines([]string) {
	long := strings.Repeat("x", 1<<20) + "\nshort"
	scanner := bufio.NewScanner(strings.NewReader(long))
	fmt.Println(scanner.Scan(), errors.Is(scanner.Err(), bufio.ErrTooLong))
	scanner = bufio.NewScanner(strings.NewReader(long))
	scanner.Buffer(nil, 2<<20)
	for scanner.Scan() {
		fmt.Println(len(scanner.Text()))
	}
	reader := bufio.NewReader(strings.NewReader(long))
	pieces, prefix, err := 0, true, error(nil)
	for ; prefix && err == nil; pieces++ {
		_, prefix, err = reader.ReadLine()
	}
	rest, err := reader.ReadString('\n')
	fmt.Println(pieces, rest, err)
}

// logging prints through log, with a prefix and the place of the call, and through the default logger's panic.
func logging([]string) {
	logger := log.New(os.Stdout, "app: ", log.Lshortfile|log.Lmsgprefix)
	logger.Printf("value %d", 1)
	logger.SetFlags(log.LUTC | log.Ldate | log.Ltime)
	var out bytes.Buffer
	logger.SetOutput(&out)
	logger.Print("timed")
	fmt.Println(regexp.MustCompile(`^app: \d{4}/\d\d/\d\d \d\d:\d\d:\d\d timed\n$`).Match(out.Bytes()))
	defer func() { fmt.Println("recovered", recover()) }()
	logger.Panicf("bad %d", 2)
}

// structuredLog prints records as JSON and as text, with a fixed time.
func structuredLog([]string) {
	fixed := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey && len(groups) == 0 {
			return slog.Time(slog.TimeKey, time.Unix(0, 0).UTC())
		}
		return attr
	}}
	for _, handler := range []slog.Handler{slog.NewJSONHandler(os.Stdout, fixed), slog.NewTextHandler(os.Stdout, fixed)} {
		logger := slog.New(handler).With("app", "demo")
		logger.Debug("with a group", slog.Group("g", "n", 1, "err", io.EOF), "took", 1500*time.Millisecond)
		logger.WithGroup("w").Warn(`quo"te`, "list", []int{1, 2})
	}
}

// flags parses arguments that are right and wrong.
func flags([]string) {
	for _, args := range [][]string{
		{"-n", "3", "--name=x", "-v", "-d", "1m30s", "rest", "-n"}, {"-n", "three"}, {"-none"}, {"-name"}, {"-v=maybe"}, {"-h"}, {"--", "-n"},
	} {
		set := flag.NewFlagSet("demo", flag.ContinueOnError)
		set.SetOutput(io.Discard)
		n, name, v := set.Int("n", 1, "a `number`"), set.String("name", "none", "a name"), set.Bool("v", false, "be verbose")
		d := set.Duration("d", time.Second, "how long")
		err := set.Parse(args)
		fmt.Println(*n, *name, *v, *d, set.Args(), err)
	}
}

// embedded prints the files that are built into the program.
func embedded([]string) {
	check(fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		check(err)
		data, _ := files.ReadFile(path)
		fmt.Printf("%s %v %q\n", path, entry.IsDir(), data)
		return nil
	}))
	_, err := files.Open("embedded/none")
	fmt.Println(errors.Is(err, fs.ErrNotExist))
}

// wrapped looks for errors in a tree of them.
func wrapped([]string) {
	inner := &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}
	err := fmt.Errorf("outer: %w", errors.Join(io.EOF, fmt.Errorf("middle: %w", inner)))
	var path *fs.PathError
	fmt.Println(errors.Is(err, io.EOF), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrExist), errors.As(err, &path), path == inner)
	fmt.Printf("%q\n", err.Error()[:len("outer: EOF\nmiddle: open x: ")])
}

// errnoKinds prints which kind each error number is, among those whose kind Go documents.
func errnoKinds([]string) {
	for _, errno := range []syscall.Errno{
		syscall.EPERM, syscall.EACCES, syscall.EEXIST, syscall.ENOTEMPTY, syscall.ENOENT, syscall.ENOSYS, syscall.EINVAL, syscall.EAGAIN, syscall.ETIMEDOUT, syscall.EINTR,
	} {
		fmt.Println(errors.Is(errno, fs.ErrPermission), errors.Is(errno, fs.ErrExist), errors.Is(errno, fs.ErrNotExist),
			errors.Is(errno, errors.ErrUnsupported), errno.Timeout(), errno.Temporary())
	}
}
