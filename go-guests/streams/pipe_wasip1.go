package main

// outliveBrokenPipes does nothing: there are no signals, and Go returns EPIPE.
func outliveBrokenPipes() {}
