//go:build wasm

package main

//go:wasmimport nowhere absent
func absent(int32)
