// Wazero-embedded runs preview 1 guests under wazero, through its library: see runtimes/host-contract/README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/tetratelabs/wazero"
)

// name is this host's: that of its folder.
const name = "wazero-embedded"

// library is the module that the engine is.
const library = "github.com/tetratelabs/wazero"

// fields are the optional parts of a request that this host honours. The engine counts no fuel, and a second
// variable or folder of one name takes the first one's place before a guest could see both.
var fields = []string{
	"dir-read-only", "memory-limit", "wall-limit", "fixed-clock", "seeded-random", "reactor",
}

// A Mode is one of the engine's ways to run a guest.
type Mode struct {
	name          string
	configuration func() wazero.RuntimeConfig
	keepsCode     bool
}

// modes are the engine's ways, the default first.
var modes = []Mode{
	{"compiler", wazero.NewRuntimeConfigCompiler, true},
	{"interpreter", wazero.NewRuntimeConfigInterpreter, false},
}

// Why there is no result: the command line or the request is wrong, or asks for what this host does not do.
// Any other error is the host's own failure.
type (
	usage       struct{ error }
	unsupported struct{ error }
)

const help = `Runs a WASI preview 1 guest as a request asks and says how it ended.

usage: %[1]s REQUEST.json RESULT.json    run the guest with this process's stdio
       %[1]s --prepare MODULE CACHE      compile MODULE into the folder CACHE, unless it is there
       %[1]s --fields                    the optional request fields this host honours, as JSON
       %[1]s --version                   the version of the engine compiled in
       %[1]s --mode NAME …               any of these in that mode

modes: compiler (the default), interpreter

exit codes: 0 RESULT is written, whatever the guest did; 64 the request asks for what this host does not do;
2 bad request or command line; anything else: the host failed.
The request and the result are described in runtimes/host-contract/README.md.
`

func main() {
	// A guest that writes to a closed pipe is told so; this process would be killed instead.
	signal.Ignore(syscall.SIGPIPE)
	// Go ends with code 2 when it crashes. Here that is a bad request, and a crash is a signal.
	debug.SetTraceback("crash")

	err := answer(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	switch {
	case errors.As(err, &usage{}):
		os.Exit(2)
	case errors.As(err, &unsupported{}):
		os.Exit(64)
	}
	os.Exit(1)
}

// answer answers the command line.
func answer(words []string) error {
	mode := modes[0]
	if len(words) >= 2 && words[0] == "--mode" {
		known := false
		for _, candidate := range modes {
			if candidate.name == words[1] {
				mode, known = candidate, true
			}
		}
		if !known {
			return usage{fmt.Errorf("no mode %s; modes: compiler (the default), interpreter", words[1])}
		}
		words = words[2:]
	}
	switch {
	case len(words) == 1 && (words[0] == "--help" || words[0] == "-h"):
		fmt.Printf(help, name)
		return nil
	case len(words) == 1 && words[0] == "--version":
		fmt.Println(name, version())
		return nil
	case len(words) == 1 && words[0] == "--fields":
		return json.NewEncoder(os.Stdout).Encode(fields)
	case len(words) == 3 && words[0] == "--prepare":
		return prepare(mode, words[1], words[2])
	case len(words) == 2 && !strings.HasPrefix(words[0], "--"):
		return run(mode, words[0], words[1])
	}
	return usage{fmt.Errorf("bad command line\n"+help, name)}
}

// version is that of the engine compiled in.
func version() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range build.Deps {
			if module.Path == library && module.Replace == nil {
				return strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return "unknown"
}

// prepare compiles a module ahead.
func prepare(mode Mode, module, folder string) error {
	wasm, err := os.ReadFile(module)
	if err != nil {
		return usage{err}
	}
	started := time.Now()
	_, code, err := obtain(context.Background(), mode, Limits{}, wasm, &folder)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(struct {
		Code         Code  `json:"code"`
		CompileNanos int64 `json:"compile-ns"`
	}{code, time.Since(started).Nanoseconds()})
}

// run runs the request in one file and writes the result to another.
func run(mode Mode, requestPath, resultPath string) error {
	request, err := readRequest(requestPath)
	if err != nil {
		return err
	}
	if err := request.check(fields); err != nil {
		return err
	}
	wasm, err := os.ReadFile(*request.Module)
	if err != nil {
		return usage{err}
	}
	ctx := context.Background()
	result := &Result{Contract: contract, Engine: version(), Returns: [][]Value{}}
	started := time.Now()
	engine, code, err := obtain(ctx, mode, request.Limits, wasm, request.Cache)
	result.CompileNanos = time.Since(started).Nanoseconds()
	switch {
	case err == nil:
		result.Code = code
		if err := engine.run(ctx, request, result); err != nil {
			return err
		}
	case errors.As(err, &refusal{}):
		result.Code = notKept
		if mode.keepsCode {
			result.Code = compiled
		}
		if overLimit.MatchString(err.Error()) {
			result.stop("out-of-memory", err.Error())
		} else {
			result.stop("invalid-module", err.Error())
		}
	default:
		return err
	}
	return result.write(resultPath)
}
