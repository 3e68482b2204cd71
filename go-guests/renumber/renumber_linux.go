package main

import "syscall"

// renumber leaves a descriptor alone that has the number already: dup3 would refuse it.
func renumber(from, to int) error {
	if from == to {
		return nil
	}
	if err := syscall.Dup3(from, to, 0); err != nil {
		return err
	}
	return syscall.Close(from)
}
