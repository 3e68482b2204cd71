package syscall

//go:wasmimport wasi_snapshot_preview1 fd_write
//go:noescape
func fd_write()
