//go:build go1.25

package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

// root is the directory that the probe open opened.
var root *os.Root

// probes maps a name to an operation. What it returns is printed.
var probes = map[string]func(args []string) (string, error){
	"open":       open,
	"create":     create,
	"append":     appendTo,
	"read":       read,
	"write":      func(args []string) (string, error) { return done(root.WriteFile(args[0], []byte(args[1]), 0o666)) },
	"read-file":  func(args []string) (string, error) { return readFile(root, args[0]) },
	"mkdir":      func(args []string) (string, error) { return done(root.Mkdir(args[0], 0o777)) },
	"mkdir-all":  func(args []string) (string, error) { return done(root.MkdirAll(args[0], 0o777)) },
	"remove":     func(args []string) (string, error) { return done(root.Remove(args[0])) },
	"remove-all": func(args []string) (string, error) { return done(root.RemoveAll(args[0])) },
	"rename":     func(args []string) (string, error) { return done(root.Rename(args[0], args[1])) },
	"link":       func(args []string) (string, error) { return done(root.Link(args[0], args[1])) },
	"symlink":    func(args []string) (string, error) { return done(root.Symlink(args[0], args[1])) },
	"readlink":   func(args []string) (string, error) { return root.Readlink(args[0]) },
	"stat":       func(args []string) (string, error) { return described(root.Stat(args[0])) },
	"lstat":      func(args []string) (string, error) { return described(root.Lstat(args[0])) },
	"chtimes":    chtimes,
	"list":       list,
	"inner":      inner,
	"move":       func(args []string) (string, error) { return done(os.Rename(args[0], args[1])) },
}

// work does each operation. Without a root, nothing after the first one can be done.
func work(operations [][]string) {
	for _, operation := range operations {
		if len(operation) == 0 || probes[operation[0]] == nil {
			println("root: no such probe")
			os.Exit(99)
		}
		text, err := probes[operation[0]](operation[1:])
		say(operation[0], text, err)
		if root == nil {
			return
		}
	}
}

func say(what, text string, err error) {
	if err != nil {
		println("root:", err.Error())
		text = "error: " + kind(err)
	}
	os.Stdout.WriteString(what + ": " + text + "\n")
}

// done is what a probe prints when it has nothing to show but that it was let through.
func done(err error) (string, error) { return "done", err }

func open(args []string) (string, error) {
	var err error
	root, err = os.OpenRoot(args[0])
	return done(err)
}

func create(args []string) (string, error) {
	file, err := root.Create(args[0])
	if err != nil {
		return "", err
	}
	if _, err := file.WriteString(args[1]); err != nil {
		return "", err
	}
	return done(file.Close())
}

func appendTo(args []string) (string, error) {
	file, err := root.OpenFile(args[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return "", err
	}
	if _, err := file.WriteString(args[1]); err != nil {
		return "", err
	}
	return done(file.Close())
}

func read(args []string) (string, error) {
	file, err := root.Open(args[0])
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	return strings.TrimSuffix(string(text), "\n"), err
}

func readFile(root *os.Root, name string) (string, error) {
	text, err := root.ReadFile(name)
	return strings.TrimSuffix(string(text), "\n"), err
}

func chtimes(args []string) (string, error) {
	when := time.Unix(1000000000, 0)
	if err := root.Chtimes(args[0], when, when); err != nil {
		return "", err
	}
	info, err := root.Stat(args[0])
	if err != nil {
		return "", err
	}
	return info.ModTime().UTC().Format(time.RFC3339), nil
}

func list(args []string) (string, error) {
	entries, err := fs.ReadDir(root.FS(), args[0])
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	return strings.Join(names, " "), err
}

// inner opens a root in the root, and reads a file there.
func inner(args []string) (string, error) {
	inner, err := root.OpenRoot(args[0])
	if err != nil {
		return "", err
	}
	defer inner.Close()
	return readFile(inner, args[1])
}

func described(info fs.FileInfo, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case info.Mode()&fs.ModeSymlink != 0:
		return "link", nil
	case info.IsDir():
		return "directory", nil
	}
	return "file", nil
}

func kind(err error) string {
	for _, known := range []struct {
		err  error
		name string
	}{
		{fs.ErrNotExist, "ErrNotExist"},
		{fs.ErrExist, "ErrExist"},
		{fs.ErrPermission, "ErrPermission"},
		{fs.ErrInvalid, "ErrInvalid"},
		{fs.ErrClosed, "ErrClosed"},
	} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	return "other"
}
