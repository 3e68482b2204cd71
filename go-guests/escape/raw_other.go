//go:build !wasip1

package main

import "errors"

// raw has nothing to call here: it is about the functions of preview 1.
func raw([]string) (string, error) {
	return "", errors.New("only a preview 1 host has these functions")
}
