package main

import (
	"errors"
	"os"
	"strconv"
	"syscall"
)

// names of the errnos that files meet. Go's own texts for them differ between Linux and preview 1.
var names = map[syscall.Errno]string{
	syscall.EACCES: "EACCES", syscall.EAGAIN: "EAGAIN", syscall.EBADF: "EBADF", syscall.EBUSY: "EBUSY",
	syscall.EEXIST: "EEXIST", syscall.EFAULT: "EFAULT", syscall.EFBIG: "EFBIG", syscall.EINTR: "EINTR",
	syscall.EINVAL: "EINVAL", syscall.EIO: "EIO", syscall.EISDIR: "EISDIR", syscall.ELOOP: "ELOOP",
	syscall.EMFILE: "EMFILE", syscall.EMLINK: "EMLINK", syscall.ENAMETOOLONG: "ENAMETOOLONG",
	syscall.ENOENT: "ENOENT", syscall.ENOMEM: "ENOMEM", syscall.ENOSPC: "ENOSPC", syscall.ENOSYS: "ENOSYS",
	syscall.ENOTDIR: "ENOTDIR", syscall.ENOTEMPTY: "ENOTEMPTY", syscall.ENOTSUP: "ENOTSUP",
	syscall.ENXIO: "ENXIO", syscall.EOVERFLOW: "EOVERFLOW", syscall.EPERM: "EPERM", syscall.EPIPE: "EPIPE",
	syscall.ERANGE: "ERANGE", syscall.EROFS: "EROFS", syscall.ESPIPE: "ESPIPE", syscall.ETXTBSY: "ETXTBSY",
	syscall.EXDEV: "EXDEV",
}

// named is an error without the paths in it: the name of its errno, or Go's own words.
func named(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if name := names[errno]; name != "" {
			return name
		}
		return "errno=" + strconv.Itoa(int(errno)) + " (" + errno.Error() + ")"
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return "error: " + path.Err.Error()
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return "error: " + link.Err.Error()
	}
	return "error: " + err.Error()
}
