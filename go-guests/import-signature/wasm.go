//go:build wasm

package main

// absent is a function of preview 1, which takes two addresses, taken for one that takes a number of 64 bits.
//
//go:wasmimport wasi_snapshot_preview1 args_sizes_get
func absent(int64) int64
