package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/tetratelabs/wazero"
)

// Code is where the compiled code of a run came from.
type Code string

const (
	compiled Code = "compiled"
	cached   Code = "cached"
	notKept  Code = "not-kept"
)

// pageBytes is the size of a page of linear memory.
const pageBytes = 1 << 16

// sealSuffix ends the name of the file that holds the digest of another.
const sealSuffix = ".sha256"

// A refusal is what the engine said when it would not take a module.
type refusal struct{ error }

// Engine is wazero, set up to take one module.
type Engine struct {
	wazero.Runtime
	module wazero.CompiledModule
}

// configuration has an engine enforce the limits.
func configuration(mode Mode, limits Limits) wazero.RuntimeConfig {
	config := mode.configuration()
	if limits.WallMillis != nil {
		config = config.WithCloseOnContextDone(true)
	}
	if limits.MemoryBytes != nil {
		// More pages than WebAssembly has are no limit.
		config = config.WithMemoryLimitPages(uint32(min(*limits.MemoryBytes/pageBytes, 1<<16)))
	}
	return config
}

// settings are all that changes compiled code, in words.
func settings(limits Limits) string {
	words := fmt.Sprintf("termination=%t", limits.WallMillis != nil)
	if limits.MemoryBytes != nil {
		words += fmt.Sprintf(" memory=%d", *limits.MemoryBytes/pageBytes)
	}
	return words
}

// obtain is an engine with the module in it, and where its code came from. The error is a refusal if the
// engine does not take the module.
func obtain(ctx context.Context, mode Mode, limits Limits, wasm []byte, folder *string) (*Engine, Code, error) {
	config := configuration(mode, limits)
	if !mode.keepsCode {
		engine, err := load(ctx, config, wasm)
		return engine, notKept, err
	}
	if folder == nil {
		engine, err := load(ctx, config, wasm)
		return engine, compiled, err
	}
	// The engine keeps many modules' code in one folder and does not say which it found. Here each module has
	// a folder, and what is new in it tells.
	entry := filepath.Join(*folder, name+"-"+version()+"-"+key(limits, wasm))
	if engine, found := kept(ctx, config, wasm, entry); found {
		return engine, cached, nil
	}
	unlock, err := lock(entry)
	if err != nil {
		return nil, "", fmt.Errorf("cannot keep compiled code in %s: %w; make that folder writable", *folder, err)
	}
	defer unlock()
	// Those who come together compile once: the others waited for the first.
	if engine, found := kept(ctx, config, wasm, entry); found {
		return engine, cached, nil
	}
	if err := os.RemoveAll(entry); err != nil {
		return nil, "", err
	}
	engine, err := loadKept(ctx, config, wasm, entry)
	if err != nil {
		return nil, "", err
	}
	return engine, compiled, seal(entry)
}

func load(ctx context.Context, config wazero.RuntimeConfig, wasm []byte) (*Engine, error) {
	engine := wazero.NewRuntimeWithConfig(ctx, config)
	module, err := engine.CompileModule(ctx, wasm)
	if err != nil {
		return nil, refusal{err}
	}
	return &Engine{engine, module}, nil
}

// kept is an engine with the module's code from the entry.
func kept(ctx context.Context, config wazero.RuntimeConfig, wasm []byte, entry string) (*Engine, bool) {
	if !sealed(entry) {
		return nil, false
	}
	engine, err := loadKept(ctx, config, wasm, entry)
	// An engine that had no use for what is there has compiled again, and left files without a seal.
	return engine, err == nil && sealed(entry)
}

func loadKept(ctx context.Context, config wazero.RuntimeConfig, wasm []byte, entry string) (*Engine, error) {
	cache, err := wazero.NewCompilationCacheWithDir(entry)
	if err != nil {
		return nil, err
	}
	return load(ctx, config.WithCompilationCache(cache), wasm)
}

// key is a digest of all that the compiled code depends on, and of the module. The engine adds the processor's
// features by itself.
func key(limits Limits, wasm []byte) string {
	module := sha256.Sum256(wasm)
	words := strings.Join([]string{name, version(), settings(limits), runtime.GOOS, runtime.GOARCH}, "\x00")
	digest := sha256.Sum256(append([]byte(words), module[:]...))
	return hex.EncodeToString(digest[:])
}

// lock waits until this process alone may compile the entry.
func lock(entry string) (unlock func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(entry), 0o755); err != nil {
		return nil, err
	}
	file, err := os.Create(entry + ".lock")
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}

// seal writes the digest of every file of the entry beside it.
func seal(entry string) error {
	return files(entry, func(path string, digest []byte) error {
		unfinished := path + sealSuffix + ".unfinished"
		if err := os.WriteFile(unfinished, digest, 0o644); err != nil {
			return err
		}
		return os.Rename(unfinished, path+sealSuffix)
	})
}

// sealed says whether there is code in the entry and all of it is what was once written: engines run what they
// find there.
func sealed(entry string) bool {
	found := false
	err := files(entry, func(path string, digest []byte) error {
		found = true
		kept, err := os.ReadFile(path + sealSuffix)
		if err == nil && string(kept) != string(digest) {
			err = errors.New("spoilt")
		}
		return err
	})
	return found && err == nil
}

// files calls visit with each of the engine's files in the entry and its digest.
func files(entry string, visit func(path string, digest []byte) error) error {
	return filepath.WalkDir(entry, func(path string, item fs.DirEntry, err error) error {
		if err != nil || item.IsDir() || strings.Contains(filepath.Base(path), sealSuffix) {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(data)
		return visit(path, digest[:])
	})
}
