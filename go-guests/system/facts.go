package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"unsafe"
)

// ids prints the numbers of the process and of its parent.
func ids([]string) {
	say(strconv.Itoa(os.Getpid()), strconv.Itoa(os.Getppid()))
}

// users prints the numbers of the user and the group, real and effective.
func users([]string) {
	say(strconv.Itoa(os.Getuid()), strconv.Itoa(os.Geteuid()), strconv.Itoa(os.Getgid()), strconv.Itoa(os.Getegid()))
}

// groups prints the numbers of all groups.
func groups([]string) {
	groups, err := os.Getgroups()
	say(fmt.Sprint(groups, err))
}

// currentUser prints who runs the program.
func currentUser([]string) {
	who, err := user.Current()
	if err != nil {
		say("error:", err.Error())
		return
	}
	say(who.Username, who.HomeDir)
}

// lookupUser looks for a user who is not there.
func lookupUser([]string) {
	if _, err := user.Lookup("nobody-of-this-name"); err != nil {
		say("error")
		return
	}
	say("found")
}

// hostname prints the name of the host.
func hostname([]string) {
	name, err := os.Hostname()
	if err != nil {
		say("error:", err.Error())
		return
	}
	say(name)
}

// executable asks for the program's own file.
func executable([]string) {
	if _, err := os.Executable(); err != nil {
		say("error:", err.Error())
		return
	}
	say("known")
}

// folders prints where a program of this user keeps its settings and its cache.
func folders([]string) {
	for _, folder := range []struct {
		name string
		path func() (string, error)
	}{{"config", os.UserConfigDir}, {"cache", os.UserCacheDir}} {
		if path, err := folder.path(); err != nil {
			say(folder.name, "error")
		} else {
			say(folder.name, path)
		}
	}
}

// page prints the size of a memory page.
func page([]string) {
	say(strconv.Itoa(os.Getpagesize()))
}

// platform prints what the program was built for, the size of an int, of a pointer, and the byte order.
func platform([]string) {
	say(runtime.GOOS, runtime.GOARCH, runtime.Compiler)
	word := binary.NativeEndian.Uint16([]byte{1, 0})
	say(strconv.Itoa(strconv.IntSize), strconv.Itoa(int(unsafe.Sizeof(uintptr(0))*8)), strconv.Itoa(int(word)))
	say(string(filepath.Separator), string(filepath.ListSeparator), os.DevNull)
}

// version prints the release of Go that built the program.
func version([]string) {
	say(runtime.Version())
}

// build prints what the program says of its own build.
func build([]string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		say("no build info")
		return
	}
	say(info.Path, info.Main.Path)
	for _, setting := range info.Settings {
		if setting.Key == "GOOS" || setting.Key == "GOARCH" {
			say(setting.Key, setting.Value)
		}
	}
}

// caller prints the function and the file of a call, as the program's own tables have them.
func caller([]string) {
	pc, file, line, ok := runtime.Caller(0)
	say(runtime.FuncForPC(pc).Name(), filepath.Base(file), "line known:", strconv.FormatBool(line > 0), strconv.FormatBool(ok))
	frames := runtime.CallersFrames(func() []uintptr {
		pcs := make([]uintptr, 10)
		return pcs[:runtime.Callers(1, pcs)]
	}())
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "main.") {
			say(frame.Function)
		}
		if !more {
			return
		}
	}
}

// profile takes a processor profile, which wasip1 has no timer for, and one of the goroutines.
func profile([]string) {
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		say("error:", err.Error())
	}
	pprof.StopCPUProfile()
	say("processor profile:", strconv.FormatBool(out.Len() > 0))
	out.Reset()
	if err := pprof.Lookup("goroutine").WriteTo(&out, 1); err != nil {
		say("error, unsupported:", strconv.FormatBool(errors.Is(err, errors.ErrUnsupported)))
	}
	say(strings.SplitN(out.String(), "\n", 2)[0])
}
