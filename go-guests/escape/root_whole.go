//go:build go1.25

package main

import (
	"os"
	"time"
)

func init() {
	probes["root-write"] = within(func(root *os.Root, names []string) (string, error) {
		return "written\n", root.WriteFile(names[0], []byte(changed), 0o666)
	})
	probes["root-mkdir-all"] = within(func(root *os.Root, names []string) (string, error) {
		return "made\n", root.MkdirAll(names[0], 0o777)
	})
	probes["root-remove-all"] = within(func(root *os.Root, names []string) (string, error) {
		return "removed\n", root.RemoveAll(names[0])
	})
	probes["root-rename"] = within(func(root *os.Root, names []string) (string, error) {
		return "renamed\n", root.Rename(names[0], names[1])
	})
	probes["root-link"] = within(func(root *os.Root, names []string) (string, error) {
		return "linked\n", root.Link(names[0], names[1])
	})
	probes["root-chtimes"] = within(func(root *os.Root, names []string) (string, error) {
		return "changed\n", root.Chtimes(names[0], time.Unix(1, 0), time.Unix(1, 0))
	})
}
