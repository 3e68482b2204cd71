package main

import (
	"os"
	"strconv"
	"time"
)

func init() {
	register(map[string]func(args []string){
		"times":        times,
		"time":         timeOf,
		"times-zero":   timesZero,
		"times-link":   timesLink,
		"times-rename": timesRename,
		"times-order":  timesOrder,
	})
}

// parse reads a time, or takes "zero" for the zero time.
func parse(text string) time.Time {
	if text == "zero" {
		return time.Time{}
	}
	moment, err := time.Parse(time.RFC3339Nano, text)
	check(err)
	return moment
}

// modified prints when a file was last modified.
func modified(name string) string {
	info, err := os.Lstat(name)
	check(err)
	return info.ModTime().UTC().Format(time.RFC3339Nano)
}

// times sets a file's time of access and of modification and prints both as they are then.
func times(args []string) {
	check(os.Chtimes(args[0], parse(args[1]), parse(args[2])))
	info, err := os.Stat(args[0])
	check(err)
	say("accessed:", accessed(info).UTC().Format(time.RFC3339Nano))
	say("modified:", modified(args[0]))
}

// timeOf sets the time of modification and prints what it is then.
func timeOf(args []string) {
	check(os.Chtimes(args[0], parse(args[1]), parse(args[1])))
	say(modified(args[0]))
}

// timesZero sets both times and then again with the times given, of which "zero" leaves one as it is.
func timesZero(args []string) {
	check(os.Chtimes(args[0], parse("2001-02-03T04:05:06Z"), parse("2002-03-04T05:06:07Z")))
	times(args)
}

// timesLink sets the times of a file through a symbolic link, and prints whether the link kept its own.
func timesLink(args []string) {
	check(os.Symlink(args[0], "link"))
	before := modified("link")
	moment := parse("2001-02-03T04:05:06Z")
	check(os.Chtimes("link", moment, moment))
	say("file:", modified(args[0]))
	say("link as it was:", strconv.FormatBool(modified("link") == before))
}

// timesRename sets a file's times and prints when it was modified after it is renamed.
func timesRename(args []string) {
	moment := parse("2001-02-03T04:05:06Z")
	check(os.Chtimes(args[0], moment, moment))
	check(os.Rename(args[0], "renamed"))
	say("modified:", modified("renamed"))
}

// timesOrder writes one file after the other with a pause between and prints whether their times say so.
func timesOrder(args []string) {
	fill("first", "1")
	time.Sleep(50 * time.Millisecond)
	fill("second", "2")
	first, err := os.Stat("first")
	check(err)
	second, err := os.Stat("second")
	check(err)
	say("in order:", strconv.FormatBool(second.ModTime().After(first.ModTime())))
}
