package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"plugin"
	"strconv"
	"syscall"
	"time"
)

// lookPath looks for a shell on PATH.
func lookPath([]string) {
	_, err := exec.LookPath("sh")
	sayKind(err, "not found", exec.ErrNotFound)
}

// command runs a program by its path, with the guest's own streams.
func command([]string) {
	cmd := exec.Command("/bin/true")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	sayKind(cmd.Run(), "unsupported", errors.ErrUnsupported)
}

// commandByName asks for the output of a program that is to be found on PATH.
func commandByName([]string) {
	out, err := exec.Command("true").Output()
	say(strconv.Itoa(len(out)), "bytes")
	sayKind(err, "not found", exec.ErrNotFound)
}

// start starts a process through os.
func start([]string) {
	_, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{})
	sayKind(err, "unsupported", errors.ErrUnsupported)
}

// find finds the guest's own process.
func find([]string) {
	process, err := os.FindProcess(os.Getpid())
	if err != nil {
		say("error:", err.Error())
		return
	}
	say("found, same number:", strconv.FormatBool(process.Pid == os.Getpid()))
	say("released:", strconv.FormatBool(process.Release() == nil))
}

// signalOther sends a signal to a process that is not there.
func signalOther([]string) {
	process, err := os.FindProcess(1 << 30)
	if err != nil {
		say("error:", err.Error())
		return
	}
	sayKind(process.Signal(os.Interrupt), "done", os.ErrProcessDone)
}

// killSelf sends the guest the signal that its argument says.
func killSelf(args []string) {
	process, err := os.FindProcess(os.Getpid())
	if err != nil {
		say("error:", err.Error())
		return
	}
	say("sending")
	if err := process.Signal(syscall.Signal(number(args))); err != nil {
		say("error:", err.Error())
	}
	say("still here")
}

// wait waits for a process that is no child.
func wait([]string) {
	process, err := os.FindProcess(os.Getpid())
	if err != nil {
		say("error:", err.Error())
		return
	}
	_, err = process.Wait()
	sayKind(err, "unsupported", errors.ErrUnsupported)
}

// notify asks for signals, waits 20 ms for one, and stops asking.
func notify([]string) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	select {
	case sig := <-signals:
		say(sig.String())
	case <-time.After(20 * time.Millisecond):
		say("none came")
	}
	signal.Stop(signals)
}

// notifyContext waits for a signal under a deadline of 20 ms.
func notifyContext([]string) {
	parent, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	ctx, stop := signal.NotifyContext(parent, os.Interrupt)
	defer stop()
	<-ctx.Done()
	say(ctx.Err().Error())
}

// ignored has a signal ignored, and prints whether Go says so.
func ignored([]string) {
	signal.Ignore(os.Interrupt)
	say("ignored:", strconv.FormatBool(signal.Ignored(os.Interrupt)))
}

// pipe asks for a pipe.
func pipe([]string) {
	_, _, err := os.Pipe()
	sayKind(err, "unsupported", errors.ErrUnsupported)
}

// openPlugin opens a plugin that is not there.
func openPlugin([]string) {
	if _, err := plugin.Open("/none.so"); err != nil {
		say("error:", err.Error())
	}
}
