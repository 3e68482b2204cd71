package main

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// resolve finds out what the names in the files of each program mean.
func resolve(set *token.FileSet, programs map[string][]*file) error {
	packages, err := listed(imports(programs))
	if err != nil {
		return err
	}
	open := func(path string) (io.ReadCloser, error) {
		if packages[path].export == "" {
			return nil, fmt.Errorf("%s: no package of the standard library", path)
		}
		return os.Open(packages[path].export)
	}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", open)}
	for name, files := range programs {
		meanings := &types.Info{Uses: map[*ast.Ident]types.Object{}}
		var trees []*ast.File
		for _, file := range files {
			file.meanings, file.imported = meanings, packages
			trees = append(trees, file.tree)
		}
		if _, err := config.Check(name, set, trees, meanings); err != nil {
			return err
		}
	}
	return nil
}

// imports are the packages that the programs import.
func imports(programs map[string][]*file) []string {
	paths := map[string]bool{}
	for _, files := range programs {
		for _, file := range files {
			for _, spec := range file.tree.Imports {
				if path, err := strconv.Unquote(spec.Path.Value); err == nil && path != "unsafe" {
					paths[path] = true
				}
			}
		}
	}
	return sorted(paths)
}

// imported is a package that a program imports.
type imported struct {
	// export is the file that the compiler wrote of its exported names.
	export string
	// system says whether it depends on syscall. Without that, no function in it can make a host call by itself.
	system bool
}

// listed describes packages of the standard library, by their paths.
func listed(paths []string) (map[string]imported, error) {
	packages := map[string]imported{}
	if len(paths) == 0 {
		return packages, nil
	}
	const form = `{{.ImportPath}} {{.Export}} {{range .Deps}}{{if eq . "syscall"}}system{{end}}{{end}}`
	list := exec.Command("go", append([]string{"list", "-export", "-f", form, "--"}, paths...)...)
	list.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	list.Stderr = os.Stderr
	lines, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for _, line := range strings.Split(string(lines), "\n") {
		if words := strings.Split(line, " "); len(words) == 3 {
			packages[words[0]] = imported{export: words[1], system: words[2] != "" || words[0] == "syscall"}
		}
	}
	return packages, nil
}

// symbol is the linker's name of a function or method of another package, without type arguments; empty for anything
// else, and for a method of an interface, which no program contains.
func symbol(object types.Object) string {
	function, ok := object.(*types.Func)
	if !ok || function.Pkg() == nil || !function.Exported() {
		return ""
	}
	function = function.Origin()
	path := function.Pkg().Path()
	receiver := function.Type().(*types.Signature).Recv()
	if receiver == nil {
		return path + "." + function.Name()
	}
	if pointer, ok := receiver.Type().(*types.Pointer); ok {
		if named, ok := pointer.Elem().(*types.Named); ok {
			return fmt.Sprintf("%s.(*%s).%s", path, named.Obj().Name(), function.Name())
		}
	}
	if named, ok := receiver.Type().(*types.Named); ok && !types.IsInterface(named) {
		return fmt.Sprintf("%s.%s.%s", path, named.Obj().Name(), function.Name())
	}
	return ""
}
