package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// messageLimit is how many bytes of the engine's words a result keeps.
const messageLimit = 4096

// Result is how a run went.
type Result struct {
	Contract         int       `json:"contract"`
	Engine           string    `json:"engine"`
	Exit             any       `json:"exit"`
	Returns          [][]Value `json:"returns"`
	Code             Code      `json:"code"`
	CompileNanos     int64     `json:"compile-ns"`
	InstantiateNanos int64     `json:"instantiate-ns"`
	RunNanos         int64     `json:"run-ns"`
	FuelUsed         *uint64   `json:"fuel-used"`
	PeakMemoryBytes  *uint64   `json:"peak-memory-bytes"`
	Message          string    `json:"message"`
}

// exited is how a guest ended that ended by itself: all 32 bits of proc_exit.
type exited struct {
	Code int32 `json:"code"`
}

// stopped is how a guest ended that the engine stopped, or never started.
type stopped struct {
	Trap any `json:"trap"`
}

// missingImport is a trap: what the guest imports and the engine does not provide.
type missingImport struct {
	Import struct {
		Module string `json:"module"`
		Name   string `json:"name"`
	} `json:"missing-import"`
}

// exit records that the guest ended by itself.
func (r *Result) exit(code int32) {
	r.Exit, r.Message = exited{code}, ""
}

// stop records that the engine stopped the guest, or never started it, and the start of what it said.
func (r *Result) stop(trap any, words string) {
	if leftOut := len(words) - messageLimit; leftOut > 0 {
		words = strings.ToValidUTF8(words[:messageLimit], "") + fmt.Sprintf(" … and %d bytes more", leftOut)
	}
	r.Exit, r.Message = stopped{trap}, words
}

// write puts the result into a file, whole or not at all.
func (r *Result) write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".result-*")
	if err != nil {
		return err
	}
	_, err = file.Write(append(data, '\n'))
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
