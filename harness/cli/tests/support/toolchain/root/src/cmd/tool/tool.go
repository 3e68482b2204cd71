package main

//go:wasmimport wasi_snapshot_preview1 proc_raise
func proc_raise()

func main() { proc_raise() }
