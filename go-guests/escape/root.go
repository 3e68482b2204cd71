//go:build go1.24

package main

import (
	"io"
	"os"
)

func init() {
	probes["open-in-root"] = openInRoot
	probes["root-read"] = within(func(root *os.Root, names []string) (string, error) {
		return content(root.Open(names[0]))
	})
	probes["root-create"] = within(func(root *os.Root, names []string) (string, error) {
		file, err := root.Create(names[0])
		if err == nil {
			err = file.Close()
		}
		return "created\n", err
	})
	probes["root-mkdir"] = within(func(root *os.Root, names []string) (string, error) {
		return "made\n", root.Mkdir(names[0], 0o777)
	})
	probes["root-stat"] = within(func(root *os.Root, names []string) (string, error) {
		return kind(root.Stat(names[0]))
	})
	probes["root-remove"] = within(func(root *os.Root, names []string) (string, error) {
		return "removed\n", root.Remove(names[0])
	})
	probes["root-open-root"] = within(func(root *os.Root, names []string) (string, error) {
		inner, err := root.OpenRoot(names[0])
		if err != nil {
			return "", err
		}
		return content(inner.Open(names[1]))
	})
	probes["root-swap"] = within(rootSwap)
}

// within runs a probe on the root that the first name opens.
func within(probe func(root *os.Root, names []string) (string, error)) func(names []string) (string, error) {
	return func(names []string) (string, error) {
		root, err := os.OpenRoot(names[0])
		if err != nil {
			return "", err
		}
		return probe(root, names[1:])
	}
}

// openInRoot prints a file below a directory.
func openInRoot(names []string) (string, error) { return content(os.OpenInRoot(names[0], names[1])) }

// rootSwap puts a link out of the preopen in the place of the directory that is the root, and prints a file of it.
func rootSwap(root *os.Root, names []string) (string, error) {
	for _, pair := range [][2]string{{names[0], "moved"}, {names[1], names[0]}} {
		if err := os.Rename(pair[0], pair[1]); err != nil {
			return "", err
		}
	}
	return content(root.Open(names[2]))
}

func content(file *os.File, err error) (string, error) {
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(file)
	return string(text), err
}
