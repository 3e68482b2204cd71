// Guest-sources prints what the functions of Go programs look like and what they call, as JSON. Each folder in the one
// that it is given is a program, which imports only the standard library; files that are not built for wasip1 are left
// out.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// program is one guest.
type program struct {
	// Files are its files, by their paths from the folder of all programs.
	Files []string `json:"files"`
	// Operations are the functions that its maps lead to, by key: the first argument picks one.
	Operations map[string]*function `json:"operations"`
	// Functions are those declared in its files, by name.
	Functions map[string]*function `json:"functions"`
}

// function is one function, declared or written in place.
type function struct {
	File string `json:"file"`
	Line int    `json:"line"`
	// Text is the whole lines from its comment or its key to its end.
	Text string `json:"text"`
	// Uses are the exported names of imported packages in it: os.Rename.
	Uses []string `json:"uses"`
	// Symbols are the functions and methods of imported packages in it, as the linker names them: os.(*File).Sync.
	Symbols []string `json:"symbols"`
	// System are those of the symbols whose packages can make host calls.
	System []string `json:"system"`
	// Calls are the names of the program's own functions that it calls.
	Calls []string `json:"calls"`
}

// file is a parsed file of a program.
type file struct {
	name   string
	source string
	tree   *ast.File
	base   *token.File
	// packages are those it imports, by the names that they have in it.
	packages map[string]bool
	// meanings are what the names in it mean.
	meanings *types.Info
	// imported are the packages that all programs import, by their paths.
	imported map[string]imported
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: guest-sources FOLDER")
		os.Exit(2)
	}
	programs, err := readAll(os.Args[1])
	if err == nil {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(programs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "guest-sources:", err)
		os.Exit(1)
	}
}

func readAll(folder string) (map[string]*program, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	files := map[string][]*file{}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		if files[entry.Name()], err = parse(set, folder, entry.Name()); err != nil {
			return nil, err
		}
	}
	if err := resolve(set, files); err != nil {
		return nil, err
	}
	programs := map[string]*program{}
	for name, files := range files {
		programs[name] = describe(files)
	}
	return programs, nil
}

func describe(files []*file) *program {
	read := &program{Files: []string{}, Operations: map[string]*function{}, Functions: map[string]*function{}}
	for _, file := range files {
		read.Files = append(read.Files, file.name)
		for _, declaration := range file.tree.Decls {
			if declared, ok := declaration.(*ast.FuncDecl); ok && declared.Recv == nil && declared.Name.Name != "main" {
				read.Functions[declared.Name.Name] = file.declared(declared)
			}
		}
	}
	for _, file := range files {
		ast.Inspect(file.tree, func(node ast.Node) bool {
			if entry, ok := node.(*ast.KeyValueExpr); ok {
				read.addOperation(file, entry)
			}
			return true
		})
	}
	return read
}

// parse reads the files of a program that are built for wasip1, in the order of their names.
func parse(set *token.FileSet, folder, name string) ([]*file, error) {
	wasip1 := build.Default
	wasip1.GOOS, wasip1.GOARCH, wasip1.CgoEnabled = "wasip1", "wasm", false
	entries, err := os.ReadDir(filepath.Join(folder, name))
	if err != nil {
		return nil, err
	}
	var files []*file
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		isBuilt, err := wasip1.MatchFile(filepath.Join(folder, name), entry.Name())
		if err != nil {
			return nil, err
		}
		if !isBuilt {
			continue
		}
		parsed, err := parseFile(set, folder, path.Join(name, entry.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, parsed)
	}
	return files, nil
}

func parseFile(set *token.FileSet, folder, name string) (*file, error) {
	source, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	tree, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	packages := map[string]bool{}
	for _, spec := range tree.Imports {
		if spec.Name != nil {
			packages[spec.Name.Name] = true
		} else if imported, err := strconv.Unquote(spec.Path.Value); err == nil {
			packages[path.Base(imported)] = true
		}
	}
	return &file{name: name, source: string(source), tree: tree, base: set.File(tree.Pos()), packages: packages}, nil
}

// addOperation adds an entry of a map from strings to functions, whether it names a function, calls one that makes it,
// or has it written in place. The first entry of a key counts.
func (p *program) addOperation(file *file, entry *ast.KeyValueExpr) {
	literal, ok := entry.Key.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	key, err := strconv.Unquote(literal.Value)
	if err != nil || p.Operations[key] != nil {
		return
	}
	switch value := entry.Value.(type) {
	case *ast.FuncLit:
		p.Operations[key] = file.function(entry, entry.Pos())
	case *ast.Ident:
		p.addNamed(key, value.Name)
	case *ast.CallExpr:
		p.addNamed(key, calledName(value))
	}
}

func (p *program) addNamed(key, name string) {
	if named := p.Functions[name]; named != nil {
		p.Operations[key] = named
	}
}

func (f *file) declared(declared *ast.FuncDecl) *function {
	if declared.Doc != nil {
		return f.function(declared, declared.Doc.Pos())
	}
	return f.function(declared, declared.Pos())
}

// function describes what a node does; its text begins with the line of another place.
func (f *file) function(node ast.Node, from token.Pos) *function {
	line := f.base.Line(from)
	begin, end := f.base.Offset(f.base.LineStart(line)), f.base.Offset(node.End())
	uses, symbols, system, calls := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	ast.Inspect(node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Ident:
			used := f.meanings.Uses[node]
			if name := symbol(used); name != "" {
				symbols[name] = true
				if f.imported[used.Pkg().Path()].system {
					system[name] = true
				}
			}
		case *ast.SelectorExpr:
			if of, ok := node.X.(*ast.Ident); ok && f.packages[of.Name] && node.Sel.IsExported() {
				uses[of.Name+"."+node.Sel.Name] = true
			}
		case *ast.CallExpr:
			if name := calledName(node); name != "" {
				calls[name] = true
			}
		}
		return true
	})
	return &function{
		File: f.name, Line: line, Text: f.source[begin:end],
		Uses: sorted(uses), Symbols: sorted(symbols), System: sorted(system),
		Calls: sorted(calls),
	}
}

// calledName is the name of the function of the same package that is called, without its type arguments.
func calledName(call *ast.CallExpr) string {
	called := call.Fun
	switch indexed := called.(type) {
	case *ast.IndexExpr:
		called = indexed.X
	case *ast.IndexListExpr:
		called = indexed.X
	}
	if name, ok := called.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func sorted(names map[string]bool) []string {
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}
