package main

import (
	"embed"
	"io/fs"
	"os"
	"strconv"
	"testing/fstest"
)

//go:embed embedded
var embedded embed.FS

func init() {
	register(map[string]func(args []string){
		"test-fs": testFS,
		"embed":   readEmbed,
		"dir-fs":  dirFS,
		"unpack":  unpack,
	})
}

// testFS lets fstest.TestFS examine a directory that should hold the files named.
func testFS(args []string) {
	say("test:", text(fstest.TestFS(os.DirFS(args[0]), args[1:]...)))
}

// text is an error's text.
func text(err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return "done"
}

// readEmbed reads an embedded file, and tells it from one that is not embedded.
func readEmbed([]string) {
	data, err := embedded.ReadFile("embedded/hello.txt")
	say("read:", strconv.Quote(string(data)), kind(err))
	_, err = embedded.ReadFile("embedded/missing.txt")
	say("missing:", kind(err))
}

// dirFS reads a file through a file system of the directory, whole, by its handle and by its entry.
func dirFS(args []string) {
	files := os.DirFS(args[0])
	data, err := fs.ReadFile(files, args[1])
	say("read:", strconv.Quote(string(data)), kind(err))
	file, err := files.Open(args[1])
	check(err)
	say("open:", take(file, 100))
	describe(file.Stat())
	describe(fs.Stat(files, args[1]))
	_, err = fs.ReadFile(files, "missing")
	say("missing:", kind(err))
}

// unpack writes the embedded files into a new folder, as programs did before os.CopyFS.
func unpack([]string) {
	check(fs.WalkDir(embedded, "embedded", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return os.MkdirAll(path, 0o755)
		}
		data, err := embedded.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o644)
	}))
	holds("embedded/hello.txt")
}
