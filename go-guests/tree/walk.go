package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"
)

// walk prints the paths that filepath.WalkDir visits, in its order, each with the mark of its type.
func walk(args []string) (string, error) {
	var visited []string
	err := filepath.WalkDir(args[0], func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		visited = append(visited, path+mark(entry.Type()))
		return nil
	})
	return strings.Join(visited, " "), err
}

// walkOld is walk with filepath.Walk.
func walkOld(args []string) (string, error) {
	var visited []string
	err := filepath.Walk(args[0], func(path string, info fs.FileInfo, err error) error {
		if err != nil {
			return err
		}
		visited = append(visited, path+mark(info.Mode()))
		return nil
	})
	return strings.Join(visited, " "), err
}

// walkNot is walk without the directories of a name.
func walkNot(args []string) (string, error) {
	var visited []string
	err := filepath.WalkDir(args[0], func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == args[1] {
			return fs.SkipDir
		}
		visited = append(visited, path+mark(entry.Type()))
		return nil
	})
	return strings.Join(visited, " "), err
}

// walkRemoving walks a tree and removes each file as it is visited, then prints the files it saw.
func walkRemoving(args []string) (string, error) {
	var removed []string
	err := filepath.WalkDir(args[0], func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		removed = append(removed, path)
		return os.Remove(path)
	})
	return strings.Join(removed, " "), err
}

// glob prints the paths that match a pattern.
func glob(args []string) (string, error) {
	paths, err := filepath.Glob(args[0])
	return strings.Join(paths, " "), err
}

// fsRead reads a file of os.DirFS.
func fsRead(args []string) (string, error) {
	data, err := fs.ReadFile(os.DirFS(args[0]), args[1])
	return strings.TrimSuffix(string(data), "\n"), err
}

// fsSub reads a file of fs.Sub of os.DirFS.
func fsSub(args []string) (string, error) {
	sub, err := fs.Sub(os.DirFS(args[0]), args[1])
	if err != nil {
		return "", err
	}
	data, err := fs.ReadFile(sub, args[2])
	return strings.TrimSuffix(string(data), "\n"), err
}

// fsWalk prints the paths that fs.WalkDir visits in os.DirFS.
func fsWalk(args []string) (string, error) {
	var visited []string
	err := fs.WalkDir(os.DirFS(args[0]), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		visited = append(visited, path+mark(entry.Type()))
		return nil
	})
	return strings.Join(visited, " "), err
}

// fsGlob prints the paths in os.DirFS that match a pattern.
func fsGlob(args []string) (string, error) {
	paths, err := fs.Glob(os.DirFS(args[0]), args[1])
	return strings.Join(paths, " "), err
}

// fsTest has testing/fstest examine os.DirFS, which must hold these files.
func fsTest(args []string) (string, error) {
	return done(fstest.TestFS(os.DirFS(args[0]), args[1:]...))
}
