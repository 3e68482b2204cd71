//go:build wasm

package main

// absent is in the module of preview 1 and none of its functions.
//
//go:wasmimport wasi_snapshot_preview1 absent
func absent(int32)
