//go:build go1.25

package main

import "os"

// openRoot opens a directory as a place whose paths do not lead out of it.
func openRoot(name string) (place, error) { return os.OpenRoot(name) }
