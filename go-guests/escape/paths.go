package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// read prints a file.
func read(names []string) (string, error) {
	content, err := os.ReadFile(names[0])
	return string(content), err
}

// list prints the names in a directory.
func list(names []string) (string, error) {
	entries, err := os.ReadDir(names[0])
	var text strings.Builder
	for _, entry := range entries {
		text.WriteString(entry.Name() + "\n")
	}
	return text.String(), err
}

// stat prints what is behind a name.
func stat(names []string) (string, error) { return kind(os.Stat(names[0])) }

// lstat prints what has a name, without following it.
func lstat(names []string) (string, error) { return kind(os.Lstat(names[0])) }

func kind(info fs.FileInfo, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "directory\n", nil
	case info.Mode()&fs.ModeSymlink != 0:
		return "link\n", nil
	}
	return "file\n", nil
}

// readlink prints whether a link's target is relative or absolute; where an absolute one leads is the host's affair.
func readlink(names []string) (string, error) {
	target, err := os.Readlink(names[0])
	if strings.HasPrefix(target, "/") {
		return "absolute\n", err
	}
	return "relative: " + target + "\n", err
}

// tell asks the same of two names, and prints the answers where they differ: then a guest can tell the one from the
// other.
func tell(names []string) (string, error) {
	questions := []struct {
		name string
		ask  func(name string) error
	}{
		{"stat", func(name string) error { _, err := os.Stat(name); return err }},
		{"open", func(name string) error { _, err := os.Open(name); return err }},
		{"list", func(name string) error { _, err := os.ReadDir(name); return err }},
		{"mkdir", func(name string) error { return os.Mkdir(name+"/new", 0o777) }},
	}
	var text strings.Builder
	for _, question := range questions {
		one, other := reason(question.ask(names[0])), reason(question.ask(names[1]))
		if one != other {
			text.WriteString(question.name + ": " + one + ", but " + other + "\n")
		}
	}
	if text.Len() == 0 {
		return "alike\n", nil
	}
	return text.String(), nil
}

// reason is an error without the name it is about.
func reason(err error) string {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	if err == nil {
		return "done"
	}
	return err.Error()
}

// nul prints the file whose name is the two with a NUL between them.
func nul(names []string) (string, error) { return read([]string{names[0] + "\x00" + names[1]}) }

const changed = "changed\n"

// write replaces a file's content, and makes the file if there is none.
func write(names []string) (string, error) {
	return "written\n", os.WriteFile(names[0], []byte(changed), 0o666)
}

// appendTo writes at the end of a file that is there.
func appendTo(names []string) (string, error) {
	return "appended\n", open(names[0], os.O_WRONLY|os.O_APPEND)
}

// create makes a file that must not have been there.
func create(names []string) (string, error) {
	return "created\n", open(names[0], os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

// open opens a file and writes to it.
func open(name string, flags int) error {
	file, err := os.OpenFile(name, flags, 0o666)
	if err != nil {
		return err
	}
	_, err = file.WriteString(changed)
	return errors.Join(err, file.Close())
}

// truncate empties a file.
func truncate(names []string) (string, error) { return "truncated\n", os.Truncate(names[0], 0) }

// chtimes sets a file's times.
func chtimes(names []string) (string, error) {
	return "changed\n", os.Chtimes(names[0], time.Unix(1, 0), time.Unix(1, 0))
}

// mkdir makes a directory.
func mkdir(names []string) (string, error) { return "made\n", os.Mkdir(names[0], 0o777) }

// mkdirAll makes a directory and those above it.
func mkdirAll(names []string) (string, error) { return "made\n", os.MkdirAll(names[0], 0o777) }

// remove removes a name.
func remove(names []string) (string, error) { return "removed\n", os.Remove(names[0]) }

// removeAll removes a name and all that is below it.
func removeAll(names []string) (string, error) { return "removed\n", os.RemoveAll(names[0]) }

// walk prints all names below a directory.
func walk(names []string) (string, error) {
	var text strings.Builder
	err := filepath.WalkDir(names[0], func(path string, entry fs.DirEntry, err error) error {
		text.WriteString(path + "\n")
		return err
	})
	return text.String(), err
}
