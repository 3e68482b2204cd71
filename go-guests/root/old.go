//go:build !go1.25

package main

// work is for Go 1.25, whose os.Root has all operations.
func work([][]string) { println("root: it takes Go 1.25") }
