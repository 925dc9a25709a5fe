package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// filesIn are the files of a folder, with what is in them.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, _ := os.ReadFile(filepath.Join(dir, e.Name())) // a folder has none
		all[e.Name()] = string(text)
	}
	return all
}

func wantFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, filesIn(t, dir)); diff != "" {
		t.Errorf("the files differ (- want, + got):\n%s", diff)
	}
}

// writeLines writes lines of 5 bytes, those with these numbers.
func writeLines(t *testing.T, r *rotation, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		if n, err := fmt.Fprintf(r, "%04d\n", i); n != 5 || err != nil {
			t.Fatalf("line %d is written with %d, %v", i, n, err)
		}
	}
}

func TestRotation(t *testing.T) {
	for _, test := range []struct {
		limit int64
		keep  int
		want  map[string]string // after seven lines
	}{
		{100, 5, map[string]string{"r": "0001\n0002\n0003\n0004\n0005\n0006\n0007\n"}},
		{35, 5, map[string]string{"r": "0001\n0002\n0003\n0004\n0005\n0006\n0007\n"}},
		{34, 5, map[string]string{"r": "0007\n", "r.1": "0001\n0002\n0003\n0004\n0005\n0006\n"}},
		{10, 5, map[string]string{"r": "0007\n", "r.1": "0005\n0006\n", "r.2": "0003\n0004\n", "r.3": "0001\n0002\n"}},
		{10, 2, map[string]string{"r": "0007\n", "r.1": "0005\n0006\n", "r.2": "0003\n0004\n"}},
		{10, 1, map[string]string{"r": "0007\n", "r.1": "0005\n0006\n"}},
		{10, 0, map[string]string{"r": "0007\n"}},
		{1, 1, map[string]string{"r": "0007\n", "r.1": "0006\n"}},
	} {
		t.Run(fmt.Sprint(test.limit, " bytes, keep ", test.keep), func(t *testing.T) {
			dir := t.TempDir()
			r := &rotation{path: filepath.Join(dir, "r"), limit: test.limit, keep: test.keep}
			if err := r.begin(); err != nil {
				t.Fatal(err)
			}
			writeLines(t, r, 1, 7)
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			wantFiles(t, dir, test.want)
			if info, err := os.Stat(r.path); err != nil || info.Mode() != 0o600 {
				t.Errorf("the file is %v, %v", info.Mode(), err)
			}
		})
	}
}

// TestRotationBeginsAnew: two runs do not mix, and a run that recorded nothing
// takes no place.
func TestRotationBeginsAnew(t *testing.T) {
	dir := t.TempDir()
	for run := range 4 {
		r := &rotation{path: filepath.Join(dir, "r"), limit: 100, keep: 5}
		if err := r.begin(); err != nil {
			t.Fatal(err)
		}
		if run != 1 {
			writeLines(t, r, run, run)
		}
		r.Close()
	}
	wantFiles(t, dir, map[string]string{"r": "0003\n", "r.1": "0002\n", "r.2": "0000\n"})
}

// TestRotationThatFails: while no file can be put aside, or none be made, updates
// are lost, and no more than these.
func TestRotationThatFails(t *testing.T) {
	dir := t.TempDir()
	r := &rotation{path: filepath.Join(dir, "r"), limit: 10, keep: 2}
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	writeLines(t, r, 1, 5)
	block := filepath.Join(dir, "r.2")
	os.Remove(block)
	if err := os.MkdirAll(filepath.Join(block, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeLines(t, r, 6, 6)
	for range 3 {
		if n, err := r.Write([]byte("lost\n")); n != 0 || err == nil {
			t.Errorf("a line that does not fit is written with %d, %v", n, err)
		}
	}
	os.RemoveAll(block)
	writeLines(t, r, 7, 7)
	wantFiles(t, dir, map[string]string{"r": "0007\n", "r.1": "0005\n0006\n", "r.2": "0003\n0004\n"})

	writeLines(t, r, 8, 8)
	away := dir + "-away"
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if n, err := r.Write([]byte("lost\n")); n != 0 || err == nil {
			t.Errorf("without its folder a line is written with %d, %v", n, err)
		}
	}
	if err := os.Rename(away, dir); err != nil {
		t.Fatal(err)
	}
	writeLines(t, r, 9, 9)
	wantFiles(t, dir, map[string]string{"r": "0009\n", "r.1": "0007\n0008\n", "r.2": "0005\n0006\n"})
}

// TestRecordingOnAFullDisk: what can't be written is counted, said at the end,
// and nobody waits for it.
func TestRecordingOnAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full, which Linux has")
	}
	p := start(t, "--log", "off", "--record", "/dev/full")
	session := p.poll("")
	p.post("::connect", session.id()+"->a")
	p.post("a", "heard all the same")
	if got := p.poll(session.ReconnectWith); len(got.Updates) == 0 {
		t.Error("nothing was heard")
	}
	for lost := ""; lost != "3"; { // the disk has its own time
		_, values := p.metrics()
		lost = values["roots_recording_lost_total"]
	}
	p.terminate()
	if code := p.status(); code != 0 {
		t.Errorf("the exit status is %d", code)
	}
	for _, want := range []string{"no space left", "the recording lacks updates", "lost=4"} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("the log does not say %q: %s", want, p.stderr)
		}
	}
}

// TestRecordFlags: the files that a server makes are of the size and number that
// it was told.
func TestRecordFlags(t *testing.T) {
	dir := t.TempDir()
	p := start(t, "--log", "off", "--record", filepath.Join(dir, "r"), "--record-size", "1KB", "--record-keep", "2")
	for i := range 100 {
		p.post("a", fmt.Sprint("message ", i))
	}
	p.terminate()
	p.status()
	files := filesIn(t, dir)
	if names := slices.Sorted(maps.Keys(files)); !slices.Equal(names, []string{"r", "r.1", "r.2"}) {
		t.Errorf("the files are %q", names)
	}
	for name, text := range files {
		if len(text) > 1000 || name != "r" && len(text) < 900 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
	}
	if !strings.HasSuffix(files["r"], "Z a; message 99\n") {
		t.Errorf("the last file is %q", files["r"])
	}
}
