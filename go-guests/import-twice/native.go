//go:build !wasm

package main

// first and second stand for what only a host can provide.
func first() int32  { return 0 }
func second() int32 { return 0 }
