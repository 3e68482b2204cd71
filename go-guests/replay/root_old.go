//go:build !go1.25

package main

import "errors"

// openRoot is for Go 1.25, whose os.Root has all operations.
func openRoot(string) (place, error) { return nil, errors.New("it takes Go 1.25") }
