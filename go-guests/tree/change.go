package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

func mkdir(args []string) (string, error)     { return done(os.Mkdir(args[0], 0o755)) }
func mkdirAll(args []string) (string, error)  { return done(os.MkdirAll(args[0], 0o755)) }
func remove(args []string) (string, error)    { return done(os.Remove(args[0])) }
func removeAll(args []string) (string, error) { return done(os.RemoveAll(args[0])) }
func rename(args []string) (string, error)    { return done(os.Rename(args[0], args[1])) }

// unlink removes what is not a directory: os.Remove without its second try as a directory.
func unlink(args []string) (string, error) { return done(syscall.Unlink(args[0])) }

// rmdir removes an empty directory: os.Remove without its first try as a file.
func rmdir(args []string) (string, error) { return done(syscall.Rmdir(args[0])) }

// move renames without the look at what is there already, by which os.Rename refuses to replace a directory.
func move(args []string) (string, error) { return done(syscall.Rename(args[0], args[1])) }

// write makes the text a file's whole content.
func write(args []string) (string, error) { return done(os.WriteFile(args[0], []byte(args[1]), 0o644)) }

// create creates a file that must not exist yet.
func create(args []string) (string, error) {
	file, err := os.OpenFile(args[0], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return "", err
	}
	return done(file.Close())
}

// read prints a file's content.
func read(args []string) (string, error) {
	data, err := os.ReadFile(args[0])
	return strings.TrimSuffix(string(data), "\n"), err
}

// mkdirTemp makes two directories of one pattern, and prints what is random in their names as a star.
func mkdirTemp(args []string) (string, error) {
	one, err := os.MkdirTemp(args[0], args[1])
	if err != nil {
		return "", err
	}
	two, err := os.MkdirTemp(args[0], args[1])
	if err != nil {
		return "", err
	}
	return pair(one, two, args[1])
}

// createTemp makes two files of one pattern, and prints what is random in their names as a star.
func createTemp(args []string) (string, error) {
	one, err := os.CreateTemp(args[0], args[1])
	if err != nil {
		return "", err
	}
	defer one.Close()
	two, err := os.CreateTemp(args[0], args[1])
	if err != nil {
		return "", err
	}
	defer two.Close()
	return pair(one.Name(), two.Name(), args[1])
}

// pair tells of two fresh paths: whether they differ, what is there, and whether they have the pattern's ends.
func pair(one, two, pattern string) (string, error) {
	info, err := os.Stat(one)
	if err != nil {
		return "", err
	}
	other, err := os.Stat(two)
	if err != nil {
		return "", err
	}
	prefix, suffix, _ := strings.Cut(pattern, "*")
	text := describe(info) + ", " + describe(other)
	for _, path := range []string{one, two} {
		name := filepath.Base(path)
		if !strings.HasPrefix(name, prefix) || !strings.HasSuffix(name, suffix) || len(name) <= len(prefix+suffix) {
			text += ", named " + name
		}
	}
	return text + ", of one name: " + strconv.FormatBool(one == two), nil
}

// held opens a file, renames it, writes through what it opened, and prints what the new name leads to.
func held(args []string) (string, error) {
	file, err := os.OpenFile(args[0], os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if err := os.Rename(args[0], args[1]); err != nil {
		return "", err
	}
	if _, err := file.WriteString("written after the rename"); err != nil {
		return "", err
	}
	return read(args[1:])
}
