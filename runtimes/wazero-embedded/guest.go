package main

import (
	"context"
	crypto "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

// traps are the contract's names for the engine's own; it exports none of its trap errors.
var traps = map[string]string{
	"unreachable":                 "unreachable",
	"out of bounds memory access": "out-of-bounds",
	"stack overflow":              "stack-overflow",
}

// trapWords find the trap in an error; a stack overflow comes without the usual words before it.
var trapWords = regexp.MustCompile(`^(?:wasm error: )?([^\n]+)`)

// overLimit is what the engine says of a module that cannot start within its limit of memory.
var overLimit = regexp.MustCompile(`over limit of \d+ pages`)

// run runs the guest as the request asks and says in the result how it ended.
func (e *Engine) run(ctx context.Context, request *Request, result *Result) error {
	started := time.Now()
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, e); err != nil {
		return err
	}
	guest, err := e.InstantiateModule(ctx, e.module, world(request))
	if err != nil {
		result.stop(e.unlinked(err), err.Error())
		return nil
	}
	result.InstantiateNanos = time.Since(started).Nanoseconds()
	memory := guest.ExportedMemory("memory")

	if millis := request.Limits.WallMillis; millis != nil {
		limit := time.Duration(min(*millis, uint64(math.MaxInt64/time.Millisecond))) * time.Millisecond
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	started = time.Now()
	if len(request.Exports) == 0 {
		_, err = call(ctx, guest, "_start", nil)
	} else {
		err = callExports(ctx, guest, request.Exports, result)
	}
	result.RunNanos = time.Since(started).Nanoseconds()
	if memory != nil {
		// Linear memory never shrinks: its size at the end is its peak.
		peak := uint64(memory.Size())
		result.PeakMemoryBytes = &peak
	}

	var ended *sys.ExitError
	switch {
	case err == nil:
		result.exit(0)
	case !errors.As(err, &ended):
		result.stop(trap(err), err.Error())
	case ended.ExitCode() == sys.ExitCodeDeadlineExceeded && ctx.Err() != nil:
		result.stop("timeout", err.Error())
	default:
		result.exit(int32(ended.ExitCode()))
	}
	return nil
}

// world is what the guest sees of the world, on the process's own stdio.
func world(request *Request) wazero.ModuleConfig {
	folders := wazero.NewFSConfig()
	for _, dir := range *request.Dirs {
		if dir.ReadOnly {
			folders = folders.WithReadOnlyDirMount(*dir.Host, *dir.Guest)
		} else {
			folders = folders.WithDirMount(*dir.Host, *dir.Guest)
		}
	}
	config := wazero.NewModuleConfig().
		WithName("").
		WithStartFunctions().
		WithArgs(*request.Argv...).
		WithStdin(os.Stdin).WithStdout(os.Stdout).WithStderr(os.Stderr).
		WithFSConfig(folders).
		WithRandSource(randomness(request.Random)).
		WithSysWalltime().WithSysNanotime().WithSysNanosleep()
	for _, variable := range *request.Env {
		config = config.WithEnv(variable.Name, variable.Value)
	}
	if fixed := request.Clock.Fixed; fixed != nil {
		wall, monotonic := ticks(fixed), ticks(fixed)
		config = config.
			WithWalltime(func() (int64, int32) {
				now := wall()
				return int64(now / 1e9), int32(now % 1e9)
			}, 1).
			WithNanotime(func() int64 { return int64(monotonic()) }, 1)
	}
	return config
}

// ticks is a clock: its first reading is the start, each later one a step further on. It wraps at 64 bits.
func ticks(fixed *FixedClock) func() uint64 {
	next := *fixed.Start
	return func() uint64 {
		now := next
		next += *fixed.Step
		return now
	}
}

// randomness is the guest's source of random bytes.
func randomness(random Random) io.Reader {
	if random.Seed == nil {
		return crypto.Reader
	}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], *random.Seed)
	return rand.NewChaCha8(seed)
}

// callExports sets a reactor up and makes the calls.
func callExports(ctx context.Context, guest api.Module, calls []Call, result *Result) error {
	// A reactor with nothing to set up need not export it.
	if guest.ExportedFunction("_initialize") != nil {
		if _, err := call(ctx, guest, "_initialize", nil); err != nil {
			return err
		}
	}
	for _, wanted := range calls {
		returned, err := call(ctx, guest, *wanted.Name, wanted.Args)
		if err != nil {
			return err
		}
		result.Returns = append(result.Returns, returned)
	}
	return nil
}

// call calls an exported function with as many arguments as it is given: whether they fit is for the engine to say,
// which takes them as bits without types.
func call(ctx context.Context, guest api.Module, name string, args []Value) ([]Value, error) {
	function := guest.ExportedFunction(name)
	if function == nil {
		return nil, fmt.Errorf("the engine knows no exported function %q", name)
	}
	stack := make([]uint64, len(args))
	for i, arg := range args {
		stack[i] = arg.toEngine()
	}
	returned, err := function.Call(ctx, stack...)
	if err != nil {
		return nil, err
	}
	values := make([]Value, len(returned))
	for i, kind := range function.Definition().ResultTypes() {
		value, ok := fromEngine(kind, returned[i])
		if !ok {
			return nil, fmt.Errorf("%q returns a value that the host contract has no form for", name)
		}
		values[i] = value
	}
	return values, nil
}

func (v Value) toEngine() uint64 {
	switch v.kind() {
	case "i32":
		return api.EncodeI32(*v.I32)
	case "i64":
		return api.EncodeI64(*v.I64)
	}
	return api.EncodeF64(*v.F64)
}

func fromEngine(kind api.ValueType, bits uint64) (value Value, ok bool) {
	switch kind {
	case api.ValueTypeI32:
		number := api.DecodeI32(bits)
		return Value{I32: &number}, true
	case api.ValueTypeI64:
		number := int64(bits)
		return Value{I64: &number}, true
	case api.ValueTypeF64:
		number := api.DecodeF64(bits)
		return Value{F64: &number}, !math.IsNaN(number) && !math.IsInf(number, 0)
	}
	return Value{}, false
}

// trap is the contract's name for what stopped the guest.
func trap(err error) string {
	if words := trapWords.FindStringSubmatch(err.Error()); words != nil {
		if name, known := traps[words[1]]; known {
			return name
		}
	}
	return "other"
}

// unlinked is why there is no instance.
func (e *Engine) unlinked(err error) any {
	var missing missingImport
	for _, wanted := range e.module.ImportedFunctions() {
		from, name, _ := wanted.Import()
		provider := e.Module(from)
		if provider == nil || provider.ExportedFunctionDefinitions()[name] == nil {
			missing.Import.Module, missing.Import.Name = from, name
			return missing
		}
	}
	for _, wanted := range e.module.ImportedMemories() {
		from, name, _ := wanted.Import()
		provider := e.Module(from)
		if provider == nil || provider.ExportedMemoryDefinitions()[name] == nil {
			missing.Import.Module, missing.Import.Name = from, name
			return missing
		}
	}
	return trap(err)
}
