package main

import (
	"errors"
	"os"
	"strings"
)

// rename gives a file another name.
func rename(names []string) (string, error) { return "renamed\n", os.Rename(names[0], names[1]) }

// link gives a file a second name.
func link(names []string) (string, error) { return "linked\n", os.Link(names[0], names[1]) }

// symlink makes a link to the first name as the second, says whether it could, and reads the third.
func symlink(names []string) (string, error) {
	made := "made\n"
	if err := os.Symlink(names[0], names[1]); err != nil {
		println("escape:", err.Error())
		made = "not made\n"
	}
	return afterwards(made, names[2])
}

// moveALink makes a link that leads nowhere one directory down, moves it up, where its target is outside, and reads
// it.
func moveALink(names []string) (string, error) {
	for _, err := range []error{
		os.Mkdir("below", 0o777),
		os.Symlink(names[0], "below/link"),
		os.Rename("below/link", "link"),
	} {
		if err != nil {
			return "", err
		}
	}
	return afterwards("moved\n", "link")
}

// afterwards adds to a text what reading a file comes to.
func afterwards(text, name string) (string, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		println("escape:", err.Error())
		return text + "refused\n", nil
	}
	return text + string(content), nil
}

// swap opens a directory, puts a link out of the preopen in its place, and prints the names the open directory has.
func swap(names []string) (string, error) {
	directory, err := os.Open(names[0])
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.Rename(names[0], "moved"), os.Rename(names[1], names[0])); err != nil {
		return "", err
	}
	entries, err := directory.Readdirnames(-1)
	return strings.Join(entries, "\n") + "\n", err
}

// swapBelow lists a directory, puts a link out of the preopen in its place, and reads a file of the third name where
// the directory was.
func swapBelow(names []string) (string, error) {
	if _, err := os.ReadDir(names[0]); err != nil {
		return "", err
	}
	if err := errors.Join(os.Rename(names[0], "moved"), os.Rename(names[1], names[0])); err != nil {
		return "", err
	}
	return afterwards("swapped\n", names[0]+"/"+names[2])
}
