// System asks for what a system has besides files: processes, signals, users, and facts about itself.
package main

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"look-path":       lookPath,
	"command":         command,
	"command-by-name": commandByName,
	"start":           start,
	"find":            find,
	"signal-other":    signalOther,
	"kill-self":       killSelf,
	"wait":            wait,
	"notify":          notify,
	"notify-context":  notifyContext,
	"ignored":         ignored,
	"pipe":            pipe,
	"plugin":          openPlugin,
	"ids":             ids,
	"users":           users,
	"groups":          groups,
	"current-user":    currentUser,
	"lookup-user":     lookupUser,
	"hostname":        hostname,
	"executable":      executable,
	"folders":         folders,
	"page":            page,
	"platform":        platform,
	"version":         version,
	"build":           build,

	"caller":  caller,
	"profile": profile,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("system: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// say prints one line.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// number reads the probe's argument.
func number(args []string) int {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		println("system: not a number:", args[0])
		os.Exit(99)
	}
	return n
}

// sayKind prints whether there was an error, and whether it is the kind that is asked for.
func sayKind(err error, name string, kind error) {
	if err == nil {
		say("no error")
		return
	}
	say("error,", name+":", strconv.FormatBool(errors.Is(err, kind)))
}
