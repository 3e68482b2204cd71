//go:build go1.23

package main

import "os"

func init() {
	register(map[string]func(args []string){
		"copy-fs":       copyFS,
		"copy-fs-twice": copyFSTwice,
	})
}

// copyFS copies one directory into another, which is made.
func copyFS(args []string) {
	say("copy:", text(os.CopyFS(args[1], os.DirFS(args[0]))))
}

// copyFSTwice copies the embedded files into a folder twice; a file that is there is not overwritten.
func copyFSTwice(args []string) {
	say("copy:", kind(os.CopyFS(args[0], embedded)))
	fill(args[0]+"/embedded/hello.txt", "mine\n")
	say("copy:", kind(os.CopyFS(args[0], embedded)))
	holds(args[0] + "/embedded/hello.txt")
}
