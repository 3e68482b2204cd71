//go:build go1.23

package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"unique"
)

func init() {
	probes["iterate"] = iterate
	probes["unique"] = interned
}

// countdown gives the numbers from n down to one.
func countdown(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer fmt.Println("ended")
		for ; n > 0; n-- {
			if !yield(n) {
				return
			}
		}
	}
}

// iterate ranges over functions, leaves one early, pulls from one, and collects a map's keys.
func iterate([]string) {
	for n := range countdown(5) {
		if n == 3 {
			break
		}
		fmt.Println(n)
	}
	next, stop := iter.Pull(countdown(2))
	fmt.Println(next())
	fmt.Println(next())
	fmt.Println(next())
	stop()
	fmt.Println(slices.Sorted(maps.Keys(map[string]int{"b": 2, "a": 1})))
	for i := range 2 {
		defer func() { fmt.Println("deferred", i) }()
	}
}

// interned prints whether handles of equal values are equal, and of others not.
func interned([]string) {
	a, b, c := unique.Make("a"+fmt.Sprint(1)), unique.Make("a1"), unique.Make("a2")
	fmt.Println(a == b, a == c, a.Value())
}
