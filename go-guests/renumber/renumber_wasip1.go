package main

import "syscall"

//go:wasmimport wasi_snapshot_preview1 fd_renumber
func fdRenumber(from, to int32) uint32

func renumber(from, to int) error {
	if errno := fdRenumber(int32(from), int32(to)); errno != 0 {
		return syscall.Errno(errno)
	}
	return nil
}
