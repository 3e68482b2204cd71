package main

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"time"
)

func init() {
	register(map[string]func(args []string){
		"wrong-way":   wrongWay,
		"wrong-text":  wrongWayText,
		"read-folder": readFolder,
		"folder-text": folderText,
		"missing":     missing,
		"not-there":   notThere,
		"path-error":  pathError,
	})
}

// wrongWay reads a file opened for writing and writes one opened for reading, in each way there is.
func wrongWay(args []string) {
	file := open(args[0], os.O_WRONLY)
	_, err := file.Read(make([]byte, 1))
	say("read:", refusal(err))
	_, err = file.ReadAt(make([]byte, 1), 0)
	say("read at:", refusal(err))
	check(file.Close())
	file = open(args[0], os.O_RDONLY)
	_, err = file.Write([]byte("x"))
	say("write:", refusal(err))
	_, err = file.WriteAt([]byte("x"), 0)
	say("write at:", refusal(err))
	check(file.Close())
	holds(args[0])
}

// wrongWayText prints the texts of those errors.
func wrongWayText(args []string) {
	file := open(args[0], os.O_WRONLY)
	_, read := file.Read(make([]byte, 1))
	check(file.Close())
	file = open(args[0], os.O_RDONLY)
	_, write := file.Write([]byte("x"))
	if read == nil || write == nil {
		say("let through")
		return
	}
	say(read.Error()+";", write.Error())
}

// readFolder reads and writes a directory as if it were a file.
func readFolder(args []string) {
	_, err := os.ReadFile(args[0])
	say("read file:", refusal(err))
	file := open(args[0], os.O_RDONLY)
	n, err := file.Read(make([]byte, 10))
	say("read:", strconv.Itoa(n), kind(err))
	_, err = file.Write([]byte("x"))
	say("write:", refusal(err))
	say("truncate:", refusal(file.Truncate(0)))
	say("write file:", refusal(os.WriteFile(args[0], []byte("x"), 0o644)))
}

// folderText prints the error of reading a directory as if it were a file.
func folderText(args []string) {
	_, err := os.ReadFile(args[0])
	check(err)
	say("done")
}

// missing prints what comes of each operation on a file that is not there.
func missing(args []string) {
	name := args[0]
	_, err := os.Open(name)
	say("open:", kind(err))
	_, err = os.ReadFile(name)
	say("read file:", kind(err))
	_, err = os.Stat(name)
	say("stat:", kind(err))
	_, err = os.Lstat(name)
	say("lstat:", kind(err))
	say("truncate:", kind(os.Truncate(name, 0)))
	say("chtimes:", kind(os.Chtimes(name, time.Unix(1, 0), time.Unix(1, 0))))
	say("remove:", kind(os.Remove(name)))
	say("rename:", kind(os.Rename(name, "other")))
}

// notThere writes files in a folder that is not there, and one without a name.
func notThere(args []string) {
	say("write file:", kind(os.WriteFile("missing/new.txt", nil, 0o644)))
	_, err := os.Create("missing/new.txt")
	say("create:", kind(err))
	_, err = os.Open("")
	say("no name:", refusal(err))
}

// named prints the operation and the path that an error is of.
func named(err error) {
	var path *fs.PathError
	if !errors.As(err, &path) {
		say("no *fs.PathError")
		return
	}
	say(path.Op, path.Path)
}

// pathError prints the operation and the path of the errors that the host gives.
func pathError(args []string) {
	_, err := os.Open("missing")
	named(err)
	_, err = os.ReadFile("missing")
	named(err)
	_, err = os.Stat("missing")
	named(err)
	_, err = os.Lstat("missing")
	named(err)
	named(os.Truncate("missing", 0))
	named(os.Chtimes("missing", time.Unix(1, 0), time.Unix(1, 0)))
	named(os.Remove("missing"))
	file := open(args[0], os.O_RDONLY)
	_, err = file.Write([]byte("x"))
	named(err)
}
