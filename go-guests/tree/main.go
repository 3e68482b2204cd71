// Tree looks at, and changes, directories and the names and links in them.
//
// Its arguments are operations with the word then between them, each one a probe and what it takes:
//
//	tree mkdir /data/d then rename /data/d /data/e then list /data
//
// Each prints one line: its name, and what came of it. One that fails does not keep the next from running.
package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// probes maps a name to an operation. What it returns is printed.
var probes = map[string]func(args []string) (string, error){
	"mkdir":      mkdir,
	"mkdirall":   mkdirAll,
	"mkdirtemp":  mkdirTemp,
	"createtemp": createTemp,
	"write":      write,
	"create":     create,
	"read":       read,
	"remove":     remove,
	"removeall":  removeAll,
	"unlink":     unlink,
	"rmdir":      rmdir,
	"rename":     rename,
	"move":       move,
	"held":       held,

	"link":     link,
	"symlink":  symlink,
	"readlink": readlink,
	"target":   target,
	"chain":    chain,
	"longest":  longest,
	"eval":     eval,

	"list":  list,
	"stat":  stat,
	"lstat": lstat,
	"links": links,
	"size":  size,
	"same":  same,
	"chdir": chdir,
	"getwd": getwd,
	"keep":  keep,
	"bytes": keepBytes,
	"deep":  deep,

	"fill":      fill,
	"count":     count,
	"batches":   batches,
	"names":     batchesOfNames,
	"infos":     batchesOfInfos,
	"rest":      rest,
	"rewind":    rewind,
	"two":       twoHandles,
	"lengths":   lengths,
	"order":     order,
	"sweep":     sweep,
	"grow":      grow,
	"shrink":    shrink,
	"details":   details,
	"late":      late,
	"open-gone": openGone,
	"open-move": openMove,

	"walk":     walk,
	"walk-old": walkOld,
	"walk-not": walkNot,
	"walk-rm":  walkRemoving,
	"glob":     glob,
	"fs-read":  fsRead,
	"fs-sub":   fsSub,
	"fs-walk":  fsWalk,
	"fs-glob":  fsGlob,
	"fs-test":  fsTest,
}

func main() {
	if len(os.Args) < 2 {
		println("tree: no probe")
		os.Exit(99)
	}
	start := 1
	for i := start; i <= len(os.Args); i++ {
		if i == len(os.Args) || os.Args[i] == "then" {
			observe(os.Args[start:i])
			start = i + 1
		}
	}
}

// observe runs the probe that args begin with and prints its line.
func observe(args []string) {
	probe := probes[args[0]]
	if probe == nil {
		println("tree: unknown probe:", args[0])
		os.Exit(99)
	}
	text, err := probe(args[1:])
	if err != nil {
		text = "error: " + kind(err)
	}
	os.Stdout.WriteString(strings.TrimSuffix(args[0]+": "+text, " ") + "\n")
}

// done is what a probe prints when it has nothing to show but that it was let through.
func done(err error) (string, error) { return "done", err }

// kinds are the errors that Go documents.
var kinds = []struct {
	err  error
	name string
}{
	{io.EOF, "EOF"},
	{fs.ErrNotExist, "ErrNotExist"},
	{fs.ErrExist, "ErrExist"},
	{fs.ErrPermission, "ErrPermission"},
	{fs.ErrInvalid, "ErrInvalid"},
	{fs.ErrClosed, "ErrClosed"},
}

// errnos are those that POSIX names for the operations here, and that are none of the kinds.
var errnos = map[syscall.Errno]string{
	syscall.EBADF:        "EBADF",
	syscall.EBUSY:        "EBUSY",
	syscall.EILSEQ:       "EILSEQ",
	syscall.EINVAL:       "EINVAL",
	syscall.EIO:          "EIO",
	syscall.EISDIR:       "EISDIR",
	syscall.ELOOP:        "ELOOP",
	syscall.EMLINK:       "EMLINK",
	syscall.ENAMETOOLONG: "ENAMETOOLONG",
	syscall.ENOBUFS:      "ENOBUFS",
	syscall.ENOSYS:       "ENOSYS",
	syscall.ENOTDIR:      "ENOTDIR",
	syscall.ENOTSUP:      "ENOTSUP",
	syscall.EOVERFLOW:    "EOVERFLOW",
	syscall.ERANGE:       "ERANGE",
	syscall.EXDEV:        "EXDEV",
}

// kind names an error: the kind that Go documents, or else the errno by its name or its text, or else its own text.
func kind(err error) string {
	for _, kind := range kinds {
		if errors.Is(err, kind.err) {
			return kind.name
		}
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	if name := errnos[errno]; name != "" {
		return name
	}
	return errno.Error()
}

// plain is a name as it is, if that can be read on a line among others; or else quoted, and cut if it is long.
func plain(name string) string {
	if len(name) > 60 {
		return strconv.Quote(name[:10]+"…") + " of " + strconv.Itoa(len(name)) + " bytes"
	}
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` || strings.Contains(name, " ") {
		return quoted
	}
	return name
}

// number is an argument that is one.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		println("tree: not a number:", text)
		os.Exit(99)
	}
	return n
}
