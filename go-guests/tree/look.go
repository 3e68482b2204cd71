package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// mark is what stands behind a name of this type, as ls -F has it.
func mark(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return ""
	case fs.ModeDir:
		return "/"
	case fs.ModeSymlink:
		return "@"
	}
	return "(" + mode.Type().String() + ")"
}

// list prints the names in a directory as os.ReadDir gives them, each with the mark of its type.
func list(args []string) (string, error) {
	entries, err := os.ReadDir(args[0])
	if err != nil {
		return "", err
	}
	var names []string
	for _, entry := range entries {
		names = append(names, plain(entry.Name())+mark(entry.Type()))
	}
	return strings.Join(names, " "), nil
}

// describe tells what a FileInfo is of.
func describe(info fs.FileInfo) string {
	switch info.Mode().Type() {
	case 0:
		return "file of " + strconv.FormatInt(info.Size(), 10) + " bytes"
	case fs.ModeDir:
		return "directory"
	case fs.ModeSymlink:
		return "symlink"
	}
	return info.Mode().Type().String()
}

// stat prints what a path leads to.
func stat(args []string) (string, error) {
	info, err := os.Stat(args[0])
	if err != nil {
		return "", err
	}
	return describe(info), nil
}

// lstat prints what a path names, which may be a link.
func lstat(args []string) (string, error) {
	info, err := os.Lstat(args[0])
	if err != nil {
		return "", err
	}
	return describe(info), nil
}

// links prints how many names a file has.
func links(args []string) (string, error) {
	info, err := os.Stat(args[0])
	if err != nil {
		return "", err
	}
	return strconv.FormatUint(uint64(info.Sys().(*syscall.Stat_t).Nlink), 10), nil
}

// size prints the size of what a path names, which may be a link.
func size(args []string) (string, error) {
	info, err := os.Lstat(args[0])
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(info.Size(), 10), nil
}

// same prints whether two paths lead to the same file.
func same(args []string) (string, error) {
	a, err := os.Stat(args[0])
	if err != nil {
		return "", err
	}
	b, err := os.Stat(args[1])
	if err != nil {
		return "", err
	}
	return strconv.FormatBool(os.SameFile(a, b)), nil
}

// chdir changes the working directory, for the operations that follow too.
func chdir(args []string) (string, error) { return done(os.Chdir(args[0])) }

// getwd prints the working directory.
func getwd([]string) (string, error) { return os.Getwd() }

// keep takes a name through a file's life in the working directory, which is empty: written, listed, read, renamed
// there and back, removed. It prints the name that was listed each time, and what is left.
func keep(args []string) (string, error) {
	name := args[0]
	if err := os.WriteFile(name, []byte("content"), 0o644); err != nil {
		return "", err
	}
	listed, err := list([]string{"."})
	if err != nil {
		return "", err
	}
	text := "listed " + listed
	content, err := read([]string{name})
	if err != nil {
		return "", err
	}
	text += ", read " + content
	if err := os.Rename(name, "another"); err != nil {
		return "", err
	}
	if err := os.Rename("another", name); err != nil {
		return "", err
	}
	if listed, err = list([]string{"."}); err != nil {
		return "", err
	}
	text += ", renamed back to " + listed
	if err := os.Remove(name); err != nil {
		return "", err
	}
	if listed, err = list([]string{"."}); err != nil {
		return "", err
	}
	return text + ", left: " + strconv.Quote(listed), nil
}

// keepBytes is keep with a name that is given as Go would quote it.
func keepBytes(args []string) (string, error) {
	name, err := strconv.Unquote(`"` + args[0] + `"`)
	if err != nil {
		return "", err
	}
	return keep([]string{name})
}

// deep makes folders, one in the other, until a path has so many bytes, and prints what it reads from a file there.
func deep(args []string) (string, error) {
	path, length := args[0], number(args[1])
	for len(path)+100 < length {
		path += "/" + strings.Repeat("d", 79)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return "", err
	}
	file := path + "/" + strings.Repeat("f", length-len(path)-1)
	if err := os.WriteFile(file, []byte("from the depth"), 0o644); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return "", err
	}
	text, err := read([]string{file})
	return text + ", path of " + strconv.Itoa(len(file)) + " bytes", err
}
