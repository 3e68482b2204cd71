//go:build !wasm

package main

// absent stands for what only a host can provide.
func absent(int32) {
	println("import-module: there is no host here")
}
