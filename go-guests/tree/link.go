package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func link(args []string) (string, error)    { return done(os.Link(args[0], args[1])) }
func symlink(args []string) (string, error) { return done(os.Symlink(args[0], args[1])) }

// readlink prints a link's target.
func readlink(args []string) (string, error) {
	target, err := os.Readlink(args[0])
	return strconv.Quote(target), err
}

// eval prints the path that a path through links comes to.
func eval(args []string) (string, error) { return filepath.EvalSymlinks(args[0]) }

// target makes a link whose target has so many bytes, each of them next to different ones, and prints whether it
// reads back.
func target(args []string) (string, error) {
	var text strings.Builder
	for i := 0; text.Len() < number(args[1]); i++ {
		text.WriteString(strconv.Itoa(i) + "/")
	}
	want := text.String()[:number(args[1])]
	if err := os.Symlink(want, args[0]); err != nil {
		return "", err
	}
	got, err := os.Readlink(args[0])
	if err != nil {
		return "", err
	}
	return strconv.Itoa(len(got)) + " bytes, the same: " + strconv.FormatBool(got == want), nil
}

// chain makes so many links in a directory, 1 to the first argument and each further one to the one before it.
func chain(args []string) (string, error) {
	target := args[0]
	for i := 1; i <= number(args[2]); i++ {
		name := strconv.Itoa(i)
		if err := os.Symlink(target, filepath.Join(args[1], name)); err != nil {
			return "", err
		}
		target = name
	}
	return "done", nil
}

// longest makes a chain of so many links and prints how many of them, counted from the end, can be read through.
func longest(args []string) (string, error) {
	if _, err := chain(args); err != nil {
		return "", err
	}
	for i := 1; i <= number(args[2]); i++ {
		if _, err := os.ReadFile(filepath.Join(args[1], strconv.Itoa(i))); err != nil {
			return strconv.Itoa(i-1) + ", then " + kind(err), nil
		}
	}
	return "all " + args[2], nil
}
