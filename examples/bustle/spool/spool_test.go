package spool_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/bustle/spool"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func shout(t *testing.T, text string) spool.Line {
	t.Helper()
	line, err := spool.Shout(text, false)
	ok(t, err)
	return line
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	ok(t, err)
	return string(text)
}

// TestAppend: a spool is made, readable by all, lines follow each other, and its owner
// may empty it.
func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), spool.Name)
	ok(t, spool.Append(path, shout(t, "HI WORLD")))
	info, err := os.Stat(path)
	ok(t, err)
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
		t.Errorf("the mode is %v", info.Mode())
	}
	ok(t, spool.Append(path, shout(t, "again")))
	ok(t, os.Truncate(path, 0))
	ok(t, spool.Append(path, shout(t, "anew")))
	ok(t, spool.Append(path, shout(t, "more")))
	if diff := cmp.Diff("anew\nmore\n", read(t, path)); diff != "" {
		t.Error(diff)
	}
}

// TestLeftOpen: what somebody wrote without a line feed stays a line of its own.
func TestLeftOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), spool.Name)
	ok(t, os.WriteFile(path, []byte("HI WORLD\nleft open"), 0o600))
	ok(t, spool.Append(path, shout(t, "the end")))
	ok(t, spool.Append(path, shout(t, "really")))
	if diff := cmp.Diff("HI WORLD\nleft open\nthe end\nreally\n", read(t, path)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of a spool that was there is changed: %v, %v", info.Mode(), err)
	}
}

// TestRefused: nothing but a regular file is written to.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	dangling := filepath.Join(dir, "dangling")
	ok(t, os.WriteFile(target, []byte("precious\n"), 0o600))
	ok(t, os.Symlink(target, link))
	ok(t, os.Symlink(filepath.Join(dir, "new"), dangling))
	for _, path := range []string{link, dangling, dir} {
		err := spool.Append(path, shout(t, "HI"))
		if err == nil || !strings.Contains(err.Error(), "is no regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if read(t, target) != "precious\n" {
		t.Error("a link was followed")
	}
	if _, err := os.Lstat(filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made through a link: %v", err)
	}
	if err := spool.Append(filepath.Join(dir, "missing", "spool"), shout(t, "HI")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is missing: %v", err)
	}
}

// TestManyWriters: lines of many at once stay whole, in order for each. There may be empty
// lines in between: a write that is under way looks like a line that was left open.
func TestManyWriters(t *testing.T) {
	const writers, lines = 8, 200
	path := filepath.Join(t.TempDir(), spool.Name)
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for i := range lines {
				line, err := spool.Shout(fmt.Sprintf("%d %d %s", writer, i, strings.Repeat("x", 480)), false)
				if err == nil {
					err = spool.Append(path, line)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	next := make([]int, writers)
	for line := range strings.Lines(read(t, path)) {
		if line == "\n" {
			continue
		}
		var writer, i int
		var rest string
		if _, err := fmt.Sscan(line, &writer, &i, &rest); err != nil || len(rest) != 480 || next[writer] != i {
			t.Fatalf("line %.20q…, %d bytes: %v; awaited line %d", line, len(line), err, next[writer])
		}
		next[writer]++
	}
	for writer, n := range next {
		if n != lines {
			t.Errorf("writer %d: %d lines", writer, n)
		}
	}
}
