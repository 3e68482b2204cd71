package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// nameOf is the name of the file that fill numbers so.
func nameOf(i int) string { return "f" + strconv.Itoa(100000 + i)[1:] }

// touch makes an empty file.
func touch(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return file.Close()
}

// fill makes so many empty files in a directory.
func fill(args []string) (string, error) {
	for i := 0; i < number(args[1]); i++ {
		if err := touch(filepath.Join(args[0], nameOf(i))); err != nil {
			return "", err
		}
	}
	return "done", nil
}

// tally tells whether the names are those of all files that fill made and keep wants, each once. Of others it
// tells only those that come twice.
func tally(names []string, n int, wanted func(i int) bool) string {
	seen := map[string]int{}
	for _, name := range names {
		seen[name]++
	}
	count, missing, repeated := 0, "", ""
	for i := 0; i < n; i++ {
		switch {
		case !wanted(i):
		case seen[nameOf(i)] == 0:
			missing += " " + nameOf(i)
		default:
			count++
		}
	}
	for _, name := range names {
		if seen[name] > 1 {
			repeated += " " + name
			seen[name] = 1
		}
	}
	text := strconv.Itoa(count) + " names"
	if missing == "" && repeated == "" {
		return text + ", none missing, none twice"
	}
	return text + fmt.Sprintf(", %d missing%.60s, %d twice%.60s", strings.Count(missing, " "), missing, strings.Count(repeated, " "), repeated)
}

func every(int) bool { return true }

// count reads a directory that fill made at once, and prints what came and whether it was sorted.
func count(args []string) (string, error) {
	entries, err := os.ReadDir(args[0])
	if err != nil {
		return "", err
	}
	var names []string
	sorted := true
	for i, entry := range entries {
		names = append(names, entry.Name())
		sorted = sorted && (i == 0 || names[i-1] < names[i])
	}
	return tally(names, number(args[1]), every) + ", sorted: " + strconv.FormatBool(sorted), nil
}

// inBatches calls next until the end, and tells how many names came, whether any batch was empty or too large, and
// how it ended.
func inBatches(args []string, next func(dir *os.File, size int) ([]string, error)) (string, error) {
	dir, err := os.Open(args[0])
	if err != nil {
		return "", err
	}
	defer dir.Close()
	size := number(args[2])
	var names []string
	well := true
	for {
		batch, err := next(dir, size)
		names = append(names, batch...)
		if err == io.EOF {
			well = well && len(batch) == 0
			break
		}
		if err != nil {
			return "", err
		}
		well = well && len(batch) > 0 && len(batch) <= size
	}
	again, err := next(dir, size)
	return fmt.Sprintf("%s, batches well formed: %t, then %d, %v", tally(names, number(args[1]), every), well, len(again), err), nil
}

// namesOf are the names of directory entries, or of the fs.FileInfos that Readdir gives.
func namesOf[T interface{ Name() string }](entries []T) []string {
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// batches reads a directory of so many files with ReadDir(n).
func batches(args []string) (string, error) {
	return inBatches(args, func(dir *os.File, size int) ([]string, error) {
		entries, err := dir.ReadDir(size)
		return namesOf(entries), err
	})
}

// batchesOfNames reads a directory of so many files with Readdirnames(n).
func batchesOfNames(args []string) (string, error) {
	return inBatches(args, (*os.File).Readdirnames)
}

// batchesOfInfos reads a directory of so many files with Readdir(n).
func batchesOfInfos(args []string) (string, error) {
	return inBatches(args, func(dir *os.File, size int) ([]string, error) {
		infos, err := dir.Readdir(size)
		return namesOf(infos), err
	})
}

// rest reads three entries, then all that are left, then all that are left again, then one.
func rest(args []string) (string, error) {
	dir, err := os.Open(args[0])
	if err != nil {
		return "", err
	}
	defer dir.Close()
	var text []string
	for _, n := range []int{3, -1, -1, 1} {
		entries, err := dir.ReadDir(n)
		text = append(text, fmt.Sprintf("%d, %v", len(entries), err))
	}
	return strings.Join(text, "; "), nil
}

// rewind reads three entries, seeks to the start, and reads all.
func rewind(args []string) (string, error) {
	dir, err := os.Open(args[0])
	if err != nil {
		return "", err
	}
	defer dir.Close()
	if _, err := dir.ReadDir(3); err != nil {
		return "", err
	}
	if _, err := dir.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	entries, err := dir.ReadDir(-1)
	return strconv.Itoa(len(entries)) + " entries", err
}

// twoHandles opens a directory of so many files twice and reads both in turn, in batches.
func twoHandles(args []string) (string, error) {
	var dirs [2]*os.File
	var names [2][]string
	for i := range dirs {
		dir, err := os.Open(args[0])
		if err != nil {
			return "", err
		}
		defer dir.Close()
		dirs[i] = dir
	}
	for n := 0; n < number(args[1]); n++ {
		for i, dir := range dirs {
			batch, err := dir.Readdirnames(5 + i)
			if err != nil && err != io.EOF {
				return "", err
			}
			names[i] = append(names[i], batch...)
		}
	}
	return tally(names[0], number(args[1]), every) + "; " + tally(names[1], number(args[1]), every), nil
}

// lengths makes a file with a name of each length from 1 to 255, and prints what came back.
func lengths(args []string) (string, error) {
	for i := 1; i <= 255; i++ {
		if err := touch(filepath.Join(args[0], strings.Repeat("n", i))); err != nil {
			return "", err
		}
	}
	entries, err := os.ReadDir(args[0])
	if err != nil {
		return "", err
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		seen[entry.Name()] = true
	}
	found := 0
	for i := 1; i <= 255; i++ {
		if seen[strings.Repeat("n", i)] {
			found++
		}
	}
	return fmt.Sprintf("%d entries, %d different, %d of them right", len(entries), len(seen), found), nil
}

// order makes five files and prints them in the order in which the directory gives them.
func order(args []string) (string, error) {
	for _, name := range []string{"c", "a", "e", "b", "d"} {
		if err := touch(filepath.Join(args[0], name)); err != nil {
			return "", err
		}
	}
	dir, err := os.Open(args[0])
	if err != nil {
		return "", err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	return strings.Join(names, " "), err
}

// reading reads a directory ten names at a time and calls between with each batch, before the next one is read.
func reading(path string, between func(batch []string) error) ([]string, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	var names []string
	for {
		batch, err := dir.Readdirnames(10)
		if err == io.EOF {
			return names, nil
		}
		if err == nil {
			err = between(batch)
		}
		if err != nil {
			return names, err
		}
		names = append(names, batch...)
	}
}

// sweep removes each entry as soon as it is read, and prints what was read and what is left.
func sweep(args []string) (string, error) {
	names, err := reading(args[0], func(batch []string) error {
		for _, name := range batch {
			if err := os.Remove(filepath.Join(args[0], name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	left, err := os.ReadDir(args[0])
	return tally(names, number(args[1]), every) + ", left: " + strconv.Itoa(len(left)), err
}

// grow adds a file after each batch that is read, a hundred at most, and prints what came of those there before.
func grow(args []string) (string, error) {
	added := 0
	names, err := reading(args[0], func([]string) error {
		if added++; added > 100 {
			return nil
		}
		return touch(filepath.Join(args[0], fmt.Sprintf("new%05d", added)))
	})
	return tally(names, number(args[1]), every), err
}

// shrink removes every second file after the first batch is read, and prints what came of the others.
func shrink(args []string) (string, error) {
	n := number(args[1])
	first := true
	names, err := reading(args[0], func([]string) error {
		for i := 1; first && i < n; i += 2 {
			if err := os.Remove(filepath.Join(args[0], nameOf(i))); err != nil {
				return err
			}
		}
		first = false
		return nil
	})
	return tally(names, n, func(i int) bool { return i%2 == 0 }), err
}

// details prints what each entry's Info says, and whether it agrees with the entry itself.
func details(args []string) (string, error) {
	entries, err := os.ReadDir(args[0])
	if err != nil {
		return "", err
	}
	var text []string
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return "", err
		}
		agrees := info.Name() == entry.Name() && info.Mode().Type() == entry.Type() && info.IsDir() == entry.IsDir()
		text = append(text, fmt.Sprintf("%s: %s, agrees: %t", entry.Name(), describe(info), agrees))
	}
	return strings.Join(text, "; "), nil
}

// late removes a file after it is listed, and then asks for its Info.
func late(args []string) (string, error) {
	if err := touch(filepath.Join(args[0], "gone")); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(args[0])
	if err != nil {
		return "", err
	}
	if err := os.Remove(filepath.Join(args[0], "gone")); err != nil {
		return "", err
	}
	var info fs.FileInfo
	for _, entry := range entries {
		if entry.Name() == "gone" {
			info, err = entry.Info()
		}
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprint("info: ", info), nil
}

// openGone reads a directory that is removed after it was opened.
func openGone(args []string) (string, error) {
	dir, err := os.Open(args[0])
	if err != nil {
		return "", err
	}
	defer dir.Close()
	if err := os.Remove(args[0]); err != nil {
		return "", err
	}
	names, err := dir.Readdirnames(-1)
	return strconv.Itoa(len(names)) + " names", err
}

// openMove reads the names in a directory that is renamed after it was opened.
func openMove(args []string) (string, error) {
	dir, err := os.Open(args[0])
	if err != nil {
		return "", err
	}
	defer dir.Close()
	if err := os.Rename(args[0], args[1]); err != nil {
		return "", err
	}
	names, err := dir.Readdirnames(-1)
	return strings.Join(names, " "), err
}
