package syscall

//go:wasmimport wasi_snapshot_preview1 fd_write
//go:noescape
func fd_write()

//go:wasmimport wasi_snapshot_preview1 fd_tell
func fd_tell()

func Write() { fd_write() }
