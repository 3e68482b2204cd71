//go:build wasm

package main

// first and second are one function, which the module imports twice beside Go's own import of it.
//
//go:wasmimport wasi_snapshot_preview1 sched_yield
func first() int32

//go:wasmimport wasi_snapshot_preview1 sched_yield
func second() int32
