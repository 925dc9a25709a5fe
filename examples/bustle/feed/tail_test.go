package feed

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func openTail(t *testing.T, path string, last int) *Tail {
	t.Helper()
	tail, err := Open(path, last)
	ok(t, err)
	t.Cleanup(func() { tail.Close() })
	return tail
}

// rest returns the lines that can be read by now.
func rest(t *testing.T, tail *Tail) (lines []string) {
	t.Helper()
	for {
		line, more, err := tail.Next()
		ok(t, err)
		if !more {
			return lines
		}
		lines = append(lines, line)
	}
}

func expect(t *testing.T, tail *Tail, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, rest(t, tail)); diff != "" {
		t.Error(diff)
	}
}

func TestLastLines(t *testing.T) {
	hundred := ""
	for i := range 100 {
		hundred += fmt.Sprintln("line", i)
	}
	for _, c := range []struct {
		text string
		last int
		want []string
	}{
		{"", 5, nil},
		{"a\n", 5, []string{"a"}},
		{"a\nb\nc\n", 2, []string{"b", "c"}},
		{"a\nb\nc\n", 3, []string{"a", "b", "c"}},
		{"a\nb\nc\nhalf", 2, []string{"b", "c"}},
		{"a\nb\n", 0, nil},
		{"half", 5, nil},
		{"\n\n", 1, []string{""}},
		{hundred, 2, []string{"line 98", "line 99"}},
		{strings.Repeat("x", 3*blockSize) + "\nb\nc\n", 2, []string{"b", "c"}},
	} {
		path := newLog(t, c.text)
		tail := openTail(t, path, c.last)
		expect(t, tail, c.want...)
		add(t, path, "\nnext\n")
		lines := rest(t, tail)
		if len(lines) < 2 || lines[len(lines)-1] != "next" {
			t.Errorf("after %.20q: %.80q", c.text, lines)
		}
	}
}

func TestRotation(t *testing.T) {
	path := newLog(t, "before\n")
	tail := openTail(t, path, 5)
	expect(t, tail, "before")
	add(t, path, "left in the old one\nwithout an end")
	ok(t, os.Rename(path, path+".1"))
	expect(t, tail, "left in the old one")
	add(t, path+".1", ", and more\nlate\nhalf")
	expect(t, tail, "without an end, and more", "late")
	add(t, path, "new\n")
	expect(t, tail, "half", "new")
	ok(t, os.Remove(path))
	expect(t, tail)
	add(t, path, "newest\n")
	expect(t, tail, "newest")
}

// TestWrittenMeanwhile: a line that is written to the log between the end of it being seen and the
// next one taking its place.
func TestWrittenMeanwhile(t *testing.T) {
	path := newLog(t, "")
	tail := openTail(t, path, 5)
	add(t, path, "meanwhile\n")
	ok(t, os.Rename(path, path+".1"))
	add(t, path, "new\n")
	ok(t, tail.follow())
	expect(t, tail, "meanwhile", "new")
}

func TestTruncation(t *testing.T) {
	path := newLog(t, "a long line before\nhalf a line")
	tail := openTail(t, path, 5)
	expect(t, tail, "a long line before")
	ok(t, os.Truncate(path, 0))
	expect(t, tail)
	add(t, path, "short\n")
	expect(t, tail, "short")
	ok(t, os.WriteFile(path, []byte("b\n"), 0o644))
	expect(t, tail, "b")
}

func TestMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "bustle.log")
	tail := openTail(t, path, 5)
	if tail.Exists() {
		t.Error("it exists")
	}
	expect(t, tail)
	ok(t, os.Mkdir(filepath.Dir(path), 0o755))
	expect(t, tail)
	add(t, path, "1\n2\n3\n4\n5\n6\n")
	expect(t, tail, "1", "2", "3", "4", "5", "6")
	if !tail.Exists() {
		t.Error("it does not exist")
	}
}

func TestNoLog(t *testing.T) {
	if _, err := Open(t.TempDir(), 5); err == nil || !strings.Contains(err.Error(), "is no regular file") {
		t.Errorf("a folder: %v", err)
	}
	path := newLog(t, "")
	tail := openTail(t, path, 5)
	ok(t, os.Remove(path))
	ok(t, os.Mkdir(path, 0o755))
	if _, _, err := tail.Next(); err == nil || !strings.Contains(err.Error(), "is no regular file") {
		t.Errorf("a folder in place of the log: %v", err)
	}
	if os.Getuid() == 0 {
		return // who may read everything
	}
	closed := newLog(t, "")
	ok(t, os.Chmod(closed, 0))
	if _, err := Open(closed, 5); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a log that must not be read: %v", err)
	}
}

func TestLongLines(t *testing.T) {
	full, cut := strings.Repeat("x", maxLine), strings.Repeat("x", maxLine)+"…"
	path := newLog(t, "")
	tail := openTail(t, path, 5)
	for _, length := range []int{maxLine, maxLine + 1, blockSize - 1, blockSize, blockSize + 1, 5*blockSize + 7} {
		add(t, path, strings.Repeat("x", length)+"\nnext\n")
		want := cut
		if length == maxLine {
			want = full
		}
		expect(t, tail, want, "next")
	}
	for range 3 { // piece by piece
		add(t, path, strings.Repeat("x", blockSize))
		if lines := rest(t, tail); len(lines) > 1 || len(lines) == 1 && lines[0] != cut {
			t.Fatalf("%d lines: %.20q", len(lines), lines)
		}
	}
	add(t, path, "\nnext\n")
	expect(t, tail, "next")
}

func TestWaiting(t *testing.T) {
	path := newLog(t, "")
	tail := openTail(t, path, 5)
	add(t, path, "1\n2\n3\nhalf")
	for _, want := range []int{3, 2, 1, 0} {
		if got := tail.Waiting(); got != want {
			t.Errorf("%d lines wait, want %d", got, want)
		}
		tail.Next()
	}
	add(t, path, strings.Repeat("line\n", blockSize))
	if got := tail.Waiting(); got < blockSize/len("line\n")-1 || got > blockSize {
		t.Errorf("%d lines wait", got)
	}
}

// TestTwin does what can happen to a log in any order, and reads now and then. Nothing is
// lost, doubled or torn. It is emptied only when all was read, for else that is gone.
func TestTwin(t *testing.T) {
	for seed := range uint64(100) {
		chance := rand.New(rand.NewPCG(seed, 0))
		path := newLog(t, "")
		tail := openTail(t, path, 0)
		var want, got []string
		half, number := "", 0
		for range 200 {
			switch chance.IntN(12) {
			case 0:
				ok(t, os.Rename(path, fmt.Sprint(path, ".", number)))
				got = append(got, rest(t, tail)...) // between the two steps, or
				add(t, path, "")
				if chance.IntN(2) == 0 { // only after both
					got = append(got, rest(t, tail)...)
				}
				if half != "" {
					want, half = append(want, half), ""
				}
				got = append(got, rest(t, tail)...) // two rotations between two looks would go unseen
			case 1:
				if got = append(got, rest(t, tail)...); half == "" {
					ok(t, os.Truncate(path, 0))
					got = append(got, rest(t, tail)...)
				}
			case 2, 3:
				got = append(got, rest(t, tail)...)
			case 4, 5:
				half += fmt.Sprint("half ", number, " ")
				add(t, path, fmt.Sprint("half ", number, " "))
			default:
				line := fmt.Sprint("line ", number, strings.Repeat(".", chance.IntN(30)))
				add(t, path, line+"\n")
				want, half = append(want, half+line), ""
			}
			number++
		}
		got = append(got, rest(t, tail)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}
