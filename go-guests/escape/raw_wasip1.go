package main

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// Go takes `..` out of a path before a host sees it. Here a host is given what the guest says, as any module could.

//go:wasmimport wasi_snapshot_preview1 path_open
func pathOpen(fd, follow int32, name unsafe.Pointer, size uint32, oflags int32, base, inheriting uint64, fdflags int32, opened unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 path_filestat_get
func pathFilestatGet(fd, follow int32, name unsafe.Pointer, size uint32, stat unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 path_create_directory
func pathCreateDirectory(fd int32, name unsafe.Pointer, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_remove_directory
func pathRemoveDirectory(fd int32, name unsafe.Pointer, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_unlink_file
func pathUnlinkFile(fd int32, name unsafe.Pointer, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_symlink
func pathSymlink(target unsafe.Pointer, length uint32, fd int32, name unsafe.Pointer, size uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_rename
func pathRename(fd int32, name unsafe.Pointer, size uint32, other int32, renamed unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_link
func pathLink(fd, follow int32, name unsafe.Pointer, size uint32, other int32, linked unsafe.Pointer, length uint32) uint32

//go:wasmimport wasi_snapshot_preview1 path_filestat_set_times
func pathFilestatSetTimes(fd, follow int32, name unsafe.Pointer, size uint32, accessed, modified uint64, flags int32) uint32

const (
	follow         = 1
	creat          = 1
	rightsToRead   = 1<<1 | 1<<2 | 1<<21
	rightsToWrite  = 1<<6 | 1<<2 | 1<<21
	setBothTimes   = 1<<0 | 1<<2
	sizeOfFilestat = 64
)

// raw gives a host function the names as they are, relative to the directory that the second name opens.
func raw(names []string) (string, error) {
	directory, err := os.Open(names[1])
	if err != nil {
		return "", err
	}
	fd := int32(directory.Fd())
	if names[1] == "." {
		say(rawRead(fd, "inside.txt"))
	}
	name := names[2]
	at, size := pointer(name)
	switch names[0] {
	case "read":
		return rawRead(fd, name)
	case "create":
		var opened int32
		errno := pathOpen(fd, follow, at, size, creat, rightsToWrite, rightsToWrite, 0, unsafe.Pointer(&opened))
		return "created\n", failed(errno)
	case "stat":
		var stat [sizeOfFilestat]byte
		return "found\n", failed(pathFilestatGet(fd, follow, at, size, unsafe.Pointer(&stat)))
	case "mkdir":
		return "made\n", failed(pathCreateDirectory(fd, at, size))
	case "rmdir":
		return "removed\n", failed(pathRemoveDirectory(fd, at, size))
	case "unlink":
		return "removed\n", failed(pathUnlinkFile(fd, at, size))
	case "symlink":
		other, length := pointer(names[3])
		return "made\n", failed(pathSymlink(at, size, fd, other, length))
	case "rename":
		other, length := pointer(names[3])
		return "renamed\n", failed(pathRename(fd, at, size, fd, other, length))
	case "link":
		other, length := pointer(names[3])
		return "linked\n", failed(pathLink(fd, 0, at, size, fd, other, length))
	case "chtimes":
		return "changed\n", failed(pathFilestatSetTimes(fd, follow, at, size, 1, 1, setBothTimes))
	}
	println("escape: no such host function:", names[0])
	os.Exit(99)
	return "", nil
}

// rawRead prints the file of a name.
func rawRead(fd int32, name string) (string, error) {
	var opened int32
	at, size := pointer(name)
	errno := pathOpen(fd, follow, at, size, 0, rightsToRead, rightsToRead, 0, unsafe.Pointer(&opened))
	if err := failed(errno); err != nil {
		return "", err
	}
	buffer := make([]byte, 100)
	n, err := syscall.Read(int(opened), buffer)
	if err != nil {
		return "opened, and not read: " + err.Error() + "\n", nil
	}
	return string(buffer[:n]), nil
}

func pointer(name string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(name)), uint32(len(name))
}

func failed(errno uint32) error {
	if errno == 0 {
		return nil
	}
	return rawError(errno)
}

type rawError uint32

func (e rawError) Error() string { return "errno " + strconv.Itoa(int(e)) }
