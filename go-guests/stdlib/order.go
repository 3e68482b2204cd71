package main

import (
	"bytes"
	"cmp"
	"container/heap"
	"container/list"
	"container/ring"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// numbers returns n numbers in an order that only looks like chance.
func numbers(n int) []int {
	out, x := make([]int, n), uint32(1)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = int(x >> 8)
	}
	return out
}

// person is what is sorted stably.
type person struct {
	name string
	age  int
}

// sorting sorts 10,000 numbers in two ways, searches them, and sorts people by age and then by name.
func sorting([]string) {
	a, b := numbers(10_000), numbers(10_000)
	sort.Ints(a)
	sort.Sort(sort.Reverse(sort.IntSlice(b)))
	slices.Reverse(b)
	fmt.Println(sort.IntsAreSorted(a), slices.Equal(a, b), a[0], a[9_999], sort.SearchInts(a, a[5_000]))
	people := []person{{"b", 2}, {"a", 2}, {"d", 1}, {"c", 2}}
	sort.SliceStable(people, func(i, j int) bool { return people[i].age < people[j].age })
	fmt.Println(people)
	slices.SortFunc(people, func(a, b person) int {
		if order := cmp.Compare(b.age, a.age); order != 0 {
			return order
		}
		return strings.Compare(a.name, b.name)
	})
	fmt.Println(people)
}

// queue is a heap of numbers.
type queue struct{ sort.IntSlice }

// Push adds a number at the end.
func (q *queue) Push(x any) { q.IntSlice = append(q.IntSlice, x.(int)) }

// Pop takes the last number.
func (q *queue) Pop() any {
	last := q.IntSlice[len(q.IntSlice)-1]
	q.IntSlice = q.IntSlice[:len(q.IntSlice)-1]
	return last
}

// heapAndList takes the smallest of a heap, and walks a list and a ring.
func heapAndList([]string) {
	q := &queue{numbers(1000)}
	heap.Init(q)
	heap.Push(q, -1)
	previous, ordered := -2, true
	for q.Len() > 0 {
		x := heap.Pop(q).(int)
		ordered = ordered && previous <= x
		previous = x
	}
	fmt.Println(ordered)
	l := list.New()
	l.PushBack(2)
	l.PushFront(1)
	l.MoveToBack(l.Front())
	for e := l.Front(); e != nil; e = e.Next() {
		fmt.Print(e.Value, " ")
	}
	r := ring.New(3)
	for i := 0; i < 3; i++ {
		r.Value = i
		r = r.Next()
	}
	r.Next().Do(func(x any) { fmt.Print(x, " ") })
	fmt.Println()
}

// slicesAndMaps prints what the functions of slices and the built-in ones make of a slice and a map.
func slicesAndMaps([]string) {
	s := []int{3, 1, 2, 2}
	slices.Sort(s)
	at, found := slices.BinarySearch(s, 2)
	fmt.Println(s, at, found, slices.Index(s, 3), slices.Max(s), slices.Contains(s, 4))
	s = slices.Insert(slices.Compact(s), 1, 9, 8)
	s = slices.Delete(s, 0, 1)
	fmt.Println(s, min(2, 1.5), max("a", "b"))
	three := s[0:2:3]
	three = append(append(three, 7), 6)
	fmt.Println(s, three, len(three))
	m := map[[2]string]int{{"a", "b"}: 1, {"a", "c"}: 2}
	delete(m, [2]string{"a", "b"})
	fmt.Println(m, len(m))
	clear(m)
	fmt.Println(len(m), [4]int(s))
}

// words prints what the functions of strings and bytes make of text.
func words([]string) {
	fmt.Printf("%q\n", strings.Fields("  a\tb\u00a0c\u3000d\n"))
	fmt.Println(strings.ToUpper("straße ǆ ı"), strings.ToTitle("ǆ"), strings.ToLower("ÀİΣ"), strings.EqualFold("Straße K", "STRAßE k"))
	fmt.Println(strings.NewReplacer("a", "1", "ab", "2", "", "").Replace("abcab"), strings.Map(func(r rune) rune { return r + 1 }, "HAL"))
	fmt.Println(strings.Index("chicken", "ken"), strings.LastIndexByte("go gopher", 'o'), strings.Count("cheese", "e"), strings.Count("日本", ""))
	before, after, found := strings.Cut("key=value=x", "=")
	fmt.Println(before, after, found, strings.Repeat("ab", 3), strings.TrimRight("xyyx", "yx") == "")
	fmt.Println(strings.Index(strings.Repeat("ab", 10_000)+"ac", "bac"), bytes.Contains([]byte("seafood"), []byte("foo")))
}

// unicodeTables prints how many runes each class has, and what bytes that are no UTF-8 decode to.
func unicodeTables([]string) {
	var letters, digits, spaces, upper int
	for r := rune(0); r < 0x3000; r++ {
		if unicode.IsLetter(r) {
			letters++
		}
		if unicode.IsDigit(r) {
			digits++
		}
		if unicode.IsSpace(r) {
			spaces++
		}
		if unicode.IsUpper(r) && unicode.ToLower(r) != r {
			upper++
		}
	}
	fmt.Println(letters > 7000, digits > 200, spaces, upper > 800)
	for _, r := range "a\xff日\xe6\x97😀" {
		fmt.Printf("%U ", r)
	}
	fmt.Println(utf8.RuneCountInString("a\xff日"), utf8.ValidString("\xed\xa0\x80"), utf8.ValidString("😀"))
}

// tagged is what reflect looks at.
type tagged struct {
	Name  string `key:"n"`
	Count int    `key:"c"`
	inner bool
}

// Double is a method that reflect calls.
func (t tagged) Double(by int) int { return t.Count * 2 * by }

// reflection prints a type's fields, sets one, calls a method, and makes a function and a map.
func reflection([]string) {
	value := tagged{"a", 3, true}
	kind := reflect.TypeOf(value)
	for i := 0; i < kind.NumField(); i++ {
		fmt.Print(kind.Field(i).Name, " ", kind.Field(i).Tag.Get("key"), " ", kind.Field(i).IsExported(), "; ")
	}
	reflect.ValueOf(&value).Elem().FieldByName("Count").SetInt(5)
	fmt.Println(value.Count, reflect.ValueOf(value).MethodByName("Double").Call([]reflect.Value{reflect.ValueOf(10)})[0])
	swap := func(in []reflect.Value) []reflect.Value { return []reflect.Value{in[1], in[0]} }
	var ints func(int, string) (string, int)
	reflect.ValueOf(&ints).Elem().Set(reflect.MakeFunc(reflect.TypeOf(ints), swap))
	fmt.Println(ints(1, "x"))
	fmt.Println(reflect.DeepEqual(map[string][]int{"a": {1}}, map[string][]int{"a": {1}}), kind.String())
}

// testsInside runs tests as a test binary does, one of them failing if the argument says so, and ends as it ends.
func testsInside(args []string) {
	os.Args = []string{os.Args[0], "-test.v"}
	everything := func(pattern, name string) (bool, error) { return true, nil }
	testing.Main(everything, []testing.InternalTest{
		{Name: "TestSub", F: func(t *testing.T) {
			t.Run("sub", func(t *testing.T) {
				t.Cleanup(func() { t.Log("cleaned up") })
			})
		}},
		{Name: "TestSkips", F: func(t *testing.T) { t.Skip("not here") }},
		{Name: "TestEnds", F: func(t *testing.T) {
			if args[0] == "failing" {
				t.Fatal("failed")
			}
		}},
	}, nil, nil)
}

// benchmark measures a loop, and prints whether its figures are sound.
func benchmark([]string) {
	result := testing.Benchmark(func(b *testing.B) {
		for i := 0; i < b.N; i++ {
			bytes.Repeat([]byte("a"), 1<<16)
		}
	})
	fmt.Println(result.N > 0, result.T > 0, result.AllocsPerOp() >= 1)
}
