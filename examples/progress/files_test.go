package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/google/go-cmp/cmp"
)

// newFiles returns files of which ann has a folder, and says what changes there.
func newFiles(t *testing.T) (f *files, changed chan string) {
	t.Helper()
	changed = make(chan string, 1000)
	f, err := openFiles(t.TempDir(), func(paths ...string) {
		for _, path := range paths {
			changed <- path
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	if err := f.settle("ann"); err != nil {
		t.Fatal(err)
	}
	return f, changed
}

func wantNames(t *testing.T, f *files, owner string, want ...string) {
	t.Helper()
	got, err := f.names(owner)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("the names (-want +got):\n%s", diff)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNothingLeadsOut: neither names nor links do, and what is hidden or no regular
// file is not shown.
func TestNothingLeadsOut(t *testing.T) {
	f, _ := newFiles(t)
	outside := filepath.Join(t.TempDir(), "outside.txt")
	write(t, outside, "outside")
	ok(t, f.settle("eve"))
	write(t, filepath.Join(f.folder, "above.txt"), "above")
	write(t, filepath.Join(f.folder, "eve", "secret.txt"), "eve's")
	ann := filepath.Join(f.folder, "ann")
	write(t, filepath.Join(ann, "shown.txt"), "shown")
	write(t, filepath.Join(ann, ".hidden"), "hidden")
	write(t, filepath.Join(ann, "a\nb"), "no path")
	write(t, filepath.Join(ann, "\xff"), "no text")
	write(t, filepath.Join(ann, `a\b`), "a folder elsewhere")
	ok(t, os.Mkdir(filepath.Join(ann, "sub"), 0o755))
	write(t, filepath.Join(ann, "sub", "deep.txt"), "deep")
	ok(t, os.Symlink(outside, filepath.Join(ann, "out")))
	ok(t, os.Symlink("../eve/secret.txt", filepath.Join(ann, "across")))
	ok(t, os.Symlink("../eve", filepath.Join(ann, "folder")))
	ok(t, os.Symlink("shown.txt", filepath.Join(ann, "beside")))
	ok(t, os.Symlink("eve", filepath.Join(f.folder, "link")))
	ok(t, os.Symlink(filepath.Dir(outside), filepath.Join(f.folder, "away")))

	wantNames(t, f, "ann", "shown.txt")
	if state, err := f.read("ann", "shown.txt"); err != nil || state.Text != "shown" || state.Size != 5 || time.Since(state.Changed) > time.Hour {
		t.Errorf("the file is %v, %v", state, err)
	}
	for _, name := range []string{".hidden", "a\nb", "\xff", `a\b`, "sub", "sub/deep.txt", "out", "across", "folder/secret.txt", "beside",
		"../above.txt", "../eve/secret.txt", "..", ".", "", "/etc/passwd", outside, "missing.txt"} {
		if state, err := f.read("ann", name); err == nil {
			t.Errorf("%q is read as %v", name, state)
		}
	}
	for _, owner := range []string{"link", "away", "above.txt", "..", "../ann", ".", "", "/"} {
		if names, err := f.names(owner); err == nil {
			t.Errorf("folder %q has %v", owner, names)
		}
		if _, err := f.read(owner, "secret.txt"); err == nil {
			t.Errorf("a file in folder %q is read", owner)
		}
		if owner == "link" || owner == "away" || owner == "above.txt" {
			if f.settle(owner) == nil {
				t.Errorf("somebody may have the folder %q", owner)
			}
		}
	}
	if _, err := f.create("ann", "shown.txt"); err == nil {
		t.Error("a file was made that is there already")
	}
	if _, err := f.create("ann", "out"); err == nil {
		t.Error("a file was made through a link")
	}
	if _, err := f.create("ann", "../eve/new.txt"); err == nil {
		t.Error("a file was made elsewhere")
	}
}

func TestHowMuchIsShown(t *testing.T) {
	f, _ := newFiles(t)
	var want []string
	for i := range maxFiles + 1 {
		name := fmt.Sprintf("%03d", i)
		write(t, filepath.Join(f.folder, "ann", name), name)
		want = append(want, name)
		if i == maxFiles-1 {
			wantNames(t, f, "ann", want...)
		}
	}
	wantNames(t, f, "ann", want[:maxFiles]...)
	for text, shown := range map[string]string{
		"":                                       "",
		strings.Repeat("x", maxShown):            strings.Repeat("x", maxShown),
		"-" + strings.Repeat("x", maxShown):      strings.Repeat("x", maxShown),
		"é" + strings.Repeat("x", maxShown-1):    strings.Repeat("x", maxShown-1),
		strings.Repeat("x", maxShown) + "\x00":   "",
		"\x00" + strings.Repeat("x", maxShown):   strings.Repeat("x", maxShown),
		"<script>alert(1)</script>\nsecond line": "<script>alert(1)</script>\nsecond line",
	} {
		write(t, filepath.Join(f.folder, "ann", "text"), text)
		state, err := f.read("ann", "text")
		if err != nil || state.Text != shown || state.Size != int64(len(text)) {
			t.Errorf("of %.30q is shown %.30q, %v", text, state.Text, err)
		}
	}
}

// TestWatch: what is made, changed, renamed and removed is noted, by the system's
// own watching.
func TestWatch(t *testing.T) {
	f, changed := newFiles(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.watch(ctx) }()
	defer func() { stop(); ok(t, <-ended) }()

	ann, elsewhere := filepath.Join(f.folder, "ann"), t.TempDir()
	one, two := filepath.Join(ann, "one.txt"), filepath.Join(ann, "two.txt")
	write(t, one, "1")
	wantChanged(t, changed, "file/ann", "file/ann/one.txt")
	write(t, one, "2")
	wantChanged(t, changed, "file/ann/one.txt")
	ok(t, os.Rename(one, two))
	wantChanged(t, changed, "file/ann", "file/ann/one.txt", "file/ann/two.txt")
	ok(t, os.Remove(two))
	wantChanged(t, changed, "file/ann", "file/ann/two.txt")
	write(t, filepath.Join(elsewhere, "three"), "3")
	ok(t, os.Rename(filepath.Join(elsewhere, "three"), filepath.Join(ann, "three")))
	wantChanged(t, changed, "file/ann", "file/ann/three")
	write(t, filepath.Join(f.folder, everyone, "four"), "4")
	wantChanged(t, changed, "file/everyone", "file/everyone/four")
	f.watcher.Errors <- fsnotify.ErrEventOverflow
	wantChanged(t, changed, "file/ann", "file/ann/three", "file/everyone", "file/everyone/four")
}

// wantChanged waits until all of want have been noted, whatever else is.
func wantChanged(t *testing.T, changed chan string, want ...string) {
	t.Helper()
	missing := map[string]bool{}
	for _, path := range want {
		missing[path] = true
	}
	patience := time.After(30 * time.Second)
	for len(missing) > 0 {
		select {
		case path := <-changed:
			delete(missing, path)
		case <-patience:
			t.Fatalf("not noted: %v", missing)
		}
	}
	for len(changed) > 0 {
		<-changed
	}
}
