// Preopen looks at, and changes, the directories a program was given.
package main

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
)

// probes maps an argument to an operation on the paths that follow it. What it returns is printed.
var probes map[string]func(args []string) (string, error)

// The chdir, kind and each probes call other probes, so the map cannot be initialised where it is declared.
func init() {
	probes = map[string]func(args []string) (string, error){
		"read":     read,
		"list":     list,
		"stat":     stat,
		"same":     same,
		"getwd":    getwd,
		"chdir":    chdir,
		"create":   create,
		"write":    write,
		"append":   appendTo,
		"truncate": truncate,
		"rename":   rename,
		"remove":   remove,
		"mkdir":    mkdir,
		"kind":     kind,
		"each":     each,
	}
}

func main() {
	if len(os.Args) < 2 {
		println("preopen: no probe")
		os.Exit(99)
	}
	text, err := observe(os.Args[1:])
	if err != nil {
		text = "error: " + err.Error() + "\n"
	}
	os.Stdout.WriteString(text)
}

// observe runs the probe that args begin with.
func observe(args []string) (string, error) {
	probe := probes[args[0]]
	if probe == nil {
		println("preopen: unknown probe:", args[0])
		os.Exit(99)
	}
	return probe(args[1:])
}

// done is what a probe prints when it has nothing to show but that it was let through.
func done(err error) (string, error) { return "done\n", err }

// read prints each file.
func read(paths []string) (string, error) {
	var text string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		text += string(data)
	}
	return text, nil
}

// list prints the names in a directory, sorted, one per line, directories with a slash.
func list(paths []string) (string, error) {
	entries, err := os.ReadDir(paths[0])
	if err != nil {
		return "", err
	}
	var text string
	for _, entry := range entries {
		text += entry.Name()
		if entry.IsDir() {
			text += "/"
		}
		text += "\n"
	}
	return text, nil
}

// stat prints what each path is: a directory, or a file and its size.
func stat(paths []string) (string, error) {
	var text string
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return "", err
		case info.IsDir():
			text += "directory\n"
		default:
			text += "file of " + strconv.FormatInt(info.Size(), 10) + " bytes\n"
		}
	}
	return text, nil
}

// same prints whether two paths lead to the same file.
func same(paths []string) (string, error) {
	a, err := os.Stat(paths[0])
	if err != nil {
		return "", err
	}
	b, err := os.Stat(paths[1])
	if err != nil {
		return "", err
	}
	return strconv.FormatBool(os.SameFile(a, b)) + "\n", nil
}

// getwd prints the working directory.
func getwd([]string) (string, error) {
	dir, err := os.Getwd()
	return dir + "\n", err
}

// chdir changes the working directory, then runs the probe that follows.
func chdir(args []string) (string, error) {
	if err := os.Chdir(args[0]); err != nil {
		return "", err
	}
	return observe(args[1:])
}

// create creates a file that must not exist yet.
func create(args []string) (string, error) {
	file, err := os.OpenFile(args[0], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return "", err
	}
	return done(file.Close())
}

// write makes the text a file's whole content.
func write(args []string) (string, error) {
	return done(os.WriteFile(args[0], []byte(args[1]), 0o644))
}

// appendTo adds text to the end of an existing file.
func appendTo(args []string) (string, error) {
	file, err := os.OpenFile(args[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return "", err
	}
	if _, err := file.WriteString(args[1]); err != nil {
		file.Close()
		return "", err
	}
	return done(file.Close())
}

// truncate cuts a file to a number of bytes.
func truncate(args []string) (string, error) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return "", err
	}
	return done(os.Truncate(args[0], size))
}

func rename(paths []string) (string, error) { return done(os.Rename(paths[0], paths[1])) }
func remove(paths []string) (string, error) { return done(os.Remove(paths[0])) }
func mkdir(paths []string) (string, error)  { return done(os.Mkdir(paths[0], 0o755)) }

// kind runs the probe that follows and prints which of the documented kinds its error is.
func kind(args []string) (string, error) {
	_, err := observe(args)
	switch {
	case err == nil:
		return "no error\n", nil
	case errors.Is(err, fs.ErrNotExist):
		return "fs.ErrNotExist\n", nil
	case errors.Is(err, fs.ErrExist):
		return "fs.ErrExist\n", nil
	case errors.Is(err, fs.ErrPermission):
		return "fs.ErrPermission\n", nil
	}
	return "another kind\n", nil
}

// argumentsOf says how many arguments a probe takes when it is one of several.
var argumentsOf = map[string]int{"read": 1, "list": 1, "stat": 1, "write": 2, "append": 2, "remove": 1, "mkdir": 1}

// each runs one probe after the other until one fails.
func each(args []string) (string, error) {
	var text string
	for len(args) > 0 {
		end := 1 + argumentsOf[args[0]]
		more, err := observe(args[:end])
		if err != nil {
			return "", err
		}
		text += more
		args = args[end:]
	}
	return text, nil
}
