package main

import (
	"io/fs"
	"os"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// place is where paths begin: the folder of the sequence, or an os.Root in it.
type place interface {
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	Mkdir(name string, perm fs.FileMode) error
	Remove(name string) error
	Rename(from, to string) error
	Link(from, to string) error
	Symlink(target, name string) error
	Readlink(name string) (string, error)
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	Chtimes(name string, accessed, modified time.Time) error
	Close() error
}

// working is the folder of the sequence.
type working struct{}

func (working) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, perm)
}
func (working) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }
func (working) Remove(name string) error                  { return os.Remove(name) }
func (working) Rename(from, to string) error              { return os.Rename(from, to) }
func (working) Link(from, to string) error                { return os.Link(from, to) }
func (working) Symlink(target, name string) error         { return os.Symlink(target, name) }
func (working) Readlink(name string) (string, error)      { return os.Readlink(name) }
func (working) Stat(name string) (fs.FileInfo, error)     { return os.Stat(name) }
func (working) Lstat(name string) (fs.FileInfo, error)    { return os.Lstat(name) }
func (working) Chtimes(name string, a, m time.Time) error { return os.Chtimes(name, a, m) }
func (working) Close() error                              { return nil }

// onPaths are the operations whose arguments are paths.
var onPaths = map[string]func(at place, args []string) (string, error){
	"open":     open,
	"mkdir":    func(at place, args []string) (string, error) { return "", at.Mkdir(args[0], 0o755) },
	"remove":   func(at place, args []string) (string, error) { return "", at.Remove(args[0]) },
	"rename":   func(at place, args []string) (string, error) { return "", at.Rename(args[0], args[1]) },
	"link":     func(at place, args []string) (string, error) { return "", at.Link(args[0], args[1]) },
	"symlink":  func(at place, args []string) (string, error) { return "", at.Symlink(args[0], args[1]) },
	"readlink": func(at place, args []string) (string, error) { return at.Readlink(args[0]) },
	"stat":     func(at place, args []string) (string, error) { return described(at.Stat(args[0])) },
	"lstat":    func(at place, args []string) (string, error) { return described(at.Lstat(args[0])) },
	"chtimes":  chtimes,
	"unlink":   func(_ place, args []string) (string, error) { return "", syscall.Unlink(args[0]) },
	"rmdir":    func(_ place, args []string) (string, error) { return "", syscall.Rmdir(args[0]) },
	"truncate": func(_ place, args []string) (string, error) { return "", os.Truncate(args[0], number(args[1])) },
	"list":     list,
	"pieces":   pieces,
}

// flags are the words for how a file is opened.
var flags = map[string]int{
	"rdonly": os.O_RDONLY, "wronly": os.O_WRONLY, "rdwr": os.O_RDWR,
	"create": os.O_CREATE, "excl": os.O_EXCL, "trunc": os.O_TRUNC, "append": os.O_APPEND, "sync": os.O_SYNC,
	"directory": syscall.O_DIRECTORY, "nofollow": syscall.O_NOFOLLOW,
}

// open opens a file under the name of a handle: open h0 create,rdwr a
func open(at place, args []string) (string, error) {
	flag := 0
	for _, word := range strings.Split(args[1], ",") {
		flag |= flags[word]
	}
	file, err := at.OpenFile(args[2], flag, 0o644)
	if err == nil {
		handles[args[0]] = file
	}
	return "", err
}

// epoch is when the times begin that sequences set. What has no such time was modified since.
const epoch = 1_000_000_000

// chtimes sets both times to so many seconds after epoch: chtimes a 5
func chtimes(at place, args []string) (string, error) {
	when := time.Unix(epoch+number(args[1]), 0)
	return "", at.Chtimes(args[0], when, when)
}

// described is what preview 1 and Linux both tell of a file: size=5 modified=3, where 3 is what chtimes has set.
// How large a directory is, and how many links it has, depends on the file system.
func described(info fs.FileInfo, err error) (string, error) {
	if err != nil {
		return "", err
	}
	kind := map[fs.FileMode]string{0: "file", fs.ModeDir: "dir", fs.ModeSymlink: "link"}[info.Mode().Type()]
	text := "kind=" + kind
	if !info.IsDir() {
		links := uint64(info.Sys().(*syscall.Stat_t).Nlink)
		text += " size=" + strconv.FormatInt(info.Size(), 10) + " links=" + strconv.FormatUint(links, 10)
	}
	if set := info.ModTime().UnixNano() - epoch*int64(time.Second); set < int64(time.Hour) {
		text += " modified=" + time.Duration(set).String()
	}
	return text, nil
}

// list prints what is in a directory, sorted: list d
func list(_ place, args []string) (string, error) {
	entries, err := os.ReadDir(args[0])
	return sorted(entries, ""), err
}

// pieces lists a directory, and after some entries removes or creates a file: pieces d 2 remove d/a
// Whether that file is listed is left open, so it is left out. What came of the change is told first.
func pieces(_ place, args []string) (string, error) {
	dir, err := os.Open(args[0])
	if err != nil {
		return "", err
	}
	defer dir.Close()
	first, err := dir.ReadDir(int(number(args[1])))
	if err != nil {
		return "", err
	}
	changed, outcome := args[3], "done"
	change := func() error { return os.WriteFile(changed, nil, 0o644) }
	if args[2] == "remove" {
		change = func() error { return os.Remove(changed) }
	}
	if err := change(); err != nil {
		outcome = named(err)
	}
	rest, err := dir.ReadDir(-1)
	except := changed[strings.LastIndex(changed, "/")+1:]
	return "change=" + outcome + " " + sorted(append(first, rest...), except), err
}

// sorted is the names of entries with their kinds, except one.
func sorted(entries []fs.DirEntry, except string) string {
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		if entry.Name() != except {
			names = append(names, entry.Name()+"="+entry.Type().String())
		}
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}
