package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// contract is the number of the host contract this host speaks.
const contract = 1

// Request is one guest to run, with everything it may see.
type Request struct {
	Contract int         `json:"contract"`
	Module   *string     `json:"module"`
	Argv     *[]string   `json:"argv"`
	Env      *[]Variable `json:"env"`
	Dirs     *[]Dir      `json:"dirs"`
	Limits   Limits      `json:"limits"`
	Clock    Clock       `json:"clock"`
	Random   Random      `json:"random"`
	Exports  []Call      `json:"exports"`
	Cache    *string     `json:"cache"`
}

// Variable is one variable of the guest's environment, a pair of strings in JSON.
type Variable struct {
	Name, Value string
}

// Dir is one preopen.
type Dir struct {
	Host     *string `json:"host"`
	Guest    *string `json:"guest"`
	ReadOnly bool    `json:"read-only"`
}

// Limits is what the engine must stop the guest at; nil is no limit.
type Limits struct {
	Fuel        *uint64 `json:"fuel"`
	MemoryBytes *uint64 `json:"memory-bytes"`
	WallMillis  *uint64 `json:"wall-ms"`
}

// Clock is where the guest's clocks come from: "real", or {"fixed": …} in JSON.
type Clock struct {
	Fixed *FixedClock `json:"fixed"`
}

// FixedClock gives Start first, and Step more at each later reading, in nanoseconds.
type FixedClock struct {
	Start *uint64 `json:"start-ns"`
	Step  *uint64 `json:"step-ns"`
}

// Random is where the guest's random bytes come from: "real", or {"seed": N} in JSON.
type Random struct {
	Seed *uint64 `json:"seed"`
}

// Call is one exported function to call.
type Call struct {
	Name *string `json:"name"`
	Args []Value `json:"args"`
}

// Value is a WebAssembly number; one of its fields is set.
type Value struct {
	I32 *int32   `json:"i32,omitempty"`
	I64 *int64   `json:"i64,omitempty"`
	F64 *float64 `json:"f64,omitempty"`
}

// readRequest takes the request from a file, or says why it cannot.
func readRequest(path string) (*Request, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usage{err}
	}
	// The number first: a later contract may have fields that this one would call mistakes.
	var number struct {
		Contract *int `json:"contract"`
	}
	if err := json.Unmarshal(data, &number); err != nil {
		return nil, usage{fmt.Errorf("the request %s is not usable: %w", path, err)}
	}
	if number.Contract == nil {
		return nil, usage{fmt.Errorf("the request %s has no contract number", path)}
	}
	if *number.Contract != contract {
		return nil, unsupported{fmt.Errorf("%s speaks contract %d, this host %d", path, *number.Contract, contract)}
	}
	request := new(Request)
	if err := strict(data, request); err != nil {
		return nil, usage{fmt.Errorf("the request %s is not usable: %w", path, err)}
	}
	if err := request.complete(); err != nil {
		return nil, usage{fmt.Errorf("the request %s is not usable: %w", path, err)}
	}
	return request, nil
}

// strict takes one JSON document, with no field that the value does not have.
func strict(data []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one document")
	}
	return nil
}

func (v *Variable) UnmarshalJSON(data []byte) error {
	var pair []string
	if err := strict(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("an environment variable is a pair, not %s", data)
	}
	v.Name, v.Value = pair[0], pair[1]
	return nil
}

func (c *Clock) UnmarshalJSON(data []byte) error {
	type object Clock
	if string(data) == `"real"` {
		return nil
	}
	return strict(data, (*object)(c))
}

func (r *Random) UnmarshalJSON(data []byte) error {
	type object Random
	if string(data) == `"real"` {
		return nil
	}
	return strict(data, (*object)(r))
}

// complete says what the request lacks, and which of its folders are none.
func (r *Request) complete() error {
	if r.Module == nil || r.Argv == nil || r.Env == nil || r.Dirs == nil {
		return errors.New("module, argv, env or dirs is missing")
	}
	for _, dir := range *r.Dirs {
		if dir.Host == nil || dir.Guest == nil {
			return errors.New("a dir lacks host or guest")
		}
	}
	if fixed := r.Clock.Fixed; fixed != nil && (fixed.Start == nil || fixed.Step == nil) {
		return errors.New("a fixed clock lacks start-ns or step-ns")
	}
	for _, call := range r.Exports {
		if call.Name == nil {
			return errors.New("an export lacks its name")
		}
		for _, value := range call.Args {
			if value.kind() == "" {
				return fmt.Errorf("an argument of %q is not one number", *call.Name)
			}
		}
	}
	return nil
}

// kind is the WebAssembly type of the value, or nothing if it is not exactly one number.
func (v Value) kind() string {
	switch {
	case v.I32 != nil && v.I64 == nil && v.F64 == nil:
		return "i32"
	case v.I32 == nil && v.I64 != nil && v.F64 == nil:
		return "i64"
	case v.I32 == nil && v.I64 == nil && v.F64 != nil:
		return "f64"
	}
	return ""
}

// fields are the optional fields that the request makes use of.
func (r *Request) fields() []string {
	var fields []string
	use := func(field string, used bool) {
		if used {
			fields = append(fields, field)
		}
	}
	readOnly := func(dir Dir) bool { return dir.ReadOnly }
	use("dir-read-only", slices.ContainsFunc(*r.Dirs, readOnly))
	use("fuel", r.Limits.Fuel != nil)
	use("memory-limit", r.Limits.MemoryBytes != nil)
	use("wall-limit", r.Limits.WallMillis != nil)
	use("fixed-clock", r.Clock.Fixed != nil)
	use("seeded-random", r.Random.Seed != nil)
	use("reactor", len(r.Exports) > 0)
	use("duplicate-env", repeats(*r.Env, func(variable Variable) string { return variable.Name }))
	use("duplicate-dir", repeats(*r.Dirs, func(dir Dir) string { return *dir.Guest }))
	return fields
}

// repeats says whether a name is there more than once.
func repeats[T any](items []T, name func(T) string) bool {
	seen := map[string]bool{}
	for _, item := range items {
		if seen[name(item)] {
			return true
		}
		seen[name(item)] = true
	}
	return false
}

// check turns away what this host does not honour, and folders that are none.
func (r *Request) check(honoured []string) error {
	var beyond []string
	for _, field := range r.fields() {
		if !slices.Contains(honoured, field) {
			beyond = append(beyond, "`"+field+"`")
		}
	}
	if len(beyond) > 0 {
		words := "the request asks for %s, which this host does not do; see --fields"
		return unsupported{fmt.Errorf(words, strings.Join(beyond, ", "))}
	}
	for _, dir := range *r.Dirs {
		if found, err := os.Stat(*dir.Host); err != nil || !found.IsDir() {
			words := "the request maps %q to %s, which is no folder: create it first"
			return usage{fmt.Errorf(words, *dir.Guest, *dir.Host)}
		}
	}
	return nil
}
