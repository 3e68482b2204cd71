package main

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"
)

func init() {
	register(map[string]func(args []string){
		"stat":       statOf,
		"mode":       modeOf,
		"stat-grows": statGrows,
		"same":       same,
		"lstat":      lstat,
		"nlink":      nlink,
		"touched":    touched,
		"chmod":      chmod,
		"perm":       perm,
	})
}

// describe prints what os.FileInfo says of a file apart from times.
func describe(info fs.FileInfo, err error) {
	if err != nil {
		say(kind(err))
		return
	}
	what := "another type"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		what = "regular, " + strconv.FormatInt(info.Size(), 10) + " bytes"
	case mode.IsDir():
		what = "directory"
	case mode&fs.ModeSymlink != 0:
		what = "symbolic link"
	}
	say(strconv.Quote(info.Name())+":", what)
}

// statOf describes what each name leads to.
func statOf(names []string) {
	for _, name := range names {
		describe(os.Stat(name))
	}
}

// modeOf describes an open file or directory by its handle.
func modeOf(args []string) {
	file := open(args[0], os.O_RDONLY)
	describe(file.Stat())
}

// statGrows prints a file's size by its handle and by its name while it is written.
func statGrows(args []string) {
	file := open(args[0], os.O_CREATE|os.O_WRONLY)
	for _, text := range []string{"", "12345", "67890"} {
		put(file, text)
		info, err := file.Stat()
		check(err)
		say("handle:", strconv.FormatInt(info.Size(), 10))
		sized(args[0])
	}
}

// same prints whether two files are the same one, by handle and by name, before and after a rename.
func same(args []string) {
	fill("one", "same")
	fill("two", "same")
	file := open("one", os.O_RDONLY)
	handle, err := file.Stat()
	check(err)
	one, err := os.Stat("one")
	check(err)
	two, err := os.Stat("two")
	check(err)
	say("by handle and by name:", strconv.FormatBool(os.SameFile(handle, one)))
	say("another of the same content:", strconv.FormatBool(os.SameFile(one, two)))
	check(os.Rename("one", "three"))
	three, err := os.Stat("three")
	check(err)
	say("after a rename:", strconv.FormatBool(os.SameFile(handle, three)))
}

// lstat makes a symbolic link to the file and describes it with and without following it.
func lstat(args []string) {
	check(os.Symlink(args[0], "link"))
	describe(os.Lstat("link"))
	describe(os.Stat("link"))
}

// links is how many names a file has.
func links(name string) string {
	info, err := os.Stat(name)
	check(err)
	return strconv.FormatUint(uint64(info.Sys().(*syscall.Stat_t).Nlink), 10)
}

// nlink prints how many names a file has, before it has a second one and with it.
func nlink(args []string) {
	say("one name:", links(args[0]))
	check(os.Link(args[0], "second"))
	say("two names:", links(args[0]), links("second"))
}

// near says whether a time is within a minute of now, which a file system's rounding does not change.
func near(moment time.Time) string {
	distance := time.Since(moment)
	return strconv.FormatBool(-time.Minute < distance && distance < time.Minute)
}

// touched sets a file's times far back, reads it, which does not modify it, and writes it, which does.
func touched(args []string) {
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	check(os.Chtimes(args[0], old, old))
	_, err := os.ReadFile(args[0])
	check(err)
	info, err := os.Stat(args[0])
	check(err)
	say("after reading, just now:", near(info.ModTime()))
	file := open(args[0], os.O_WRONLY)
	put(file, "x")
	check(file.Close())
	info, err = os.Stat(args[0])
	check(err)
	say("after writing, just now:", near(info.ModTime()))
}

// chmod prints what comes of changing the mode of a file that is there and of one that is not.
func chmod(args []string) {
	say("there:", kind(os.Chmod(args[0], 0o600)))
	say("missing:", kind(os.Chmod("missing", 0o600)))
	holds(args[0])
}

// perm writes a file with the permissions 0o640 and prints those it then has.
func perm(args []string) {
	check(os.WriteFile(args[0], nil, 0o640))
	info, err := os.Stat(args[0])
	check(err)
	say(info.Mode().String())
}
