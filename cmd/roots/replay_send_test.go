package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// recordingOf writes a recording of these updates, and of some on control paths
// between.
func recordingOf(t *testing.T, updates []thestral.Update) (path string) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "recording"))
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(file)
	recorder := imperio.NewRecorder(out)
	for i, u := range updates {
		if i%100 == 0 {
			recorder.Update(nil, thestral.Register, fmt.Sprint("dolores-x-", i))
		}
		recorder.Update(nil, u.Path, u.Message)
	}
	if out.Flush() != nil || file.Close() != nil || recorder.Lost() > 0 {
		t.Fatal("the recording is not whole")
	}
	return file.Name()
}

// do runs a command in this process.
func do(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errors strings.Builder
	none := func(string) (string, bool) { return "", false }
	status = run(t.Context(), args, none, &out, &errors)
	return status, out.String(), errors.String()
}

// TestReplayToAServer: all that is on no control path arrives, in order, however
// large it is as JSON.
func TestReplayToAServer(t *testing.T) {
	var updates []thestral.Update
	for i := range 3000 {
		u := thestral.Update{Path: fmt.Sprint("a/", i%7), Message: fmt.Sprint(i)}
		if i%50 == 0 {
			u.Message = strings.Repeat("\x01", thestral.MaxMessage) // six times as long in JSON
		}
		updates = append(updates, u)
	}
	path := recordingOf(t, updates)
	for pattern, want := range map[string]func(path string) bool{
		"":    func(string) bool { return true },
		"**":  func(string) bool { return true },
		"a/3": func(path string) bool { return path == "a/3" },
		"b/*": func(string) bool { return false },
	} {
		var rec thestraltest.Recorder
		server := httptest.NewServer(dudley.New(&rec, dudley.Options{Token: "sesame"}))
		status, out, said := do(t, "replay", path, "--to", server.URL, "--token", "sesame", "--speed", "0", "--paths", pattern)
		server.Close()
		chosen := slices.DeleteFunc(slices.Clone(updates), func(u thestral.Update) bool { return !want(u.Path) })
		if status != 0 || out != fmt.Sprintf("%d updates were sent\n", len(chosen)) {
			t.Errorf("paths %q: status %d, %s%s", pattern, status, out, said)
		}
		if !slices.Equal(chosen, rec.Updates()) {
			t.Errorf("paths %q: %d updates arrived, not the %d that were sent", pattern, len(rec.Updates()), len(chosen))
		}
	}
}

// TestReplayThatIsRefused: it ends, and says how much was taken.
func TestReplayThatIsRefused(t *testing.T) {
	updates := slices.Repeat([]thestral.Update{{Path: "a", Message: "b"}}, 5000)
	var rec thestraltest.Recorder
	taking := dudley.New(&rec, dudley.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(rec.Updates()) >= 100 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		taking.ServeHTTP(w, r)
	}))
	defer server.Close()
	status, out, said := do(t, "replay", recordingOf(t, updates), "--to", server.URL, "--speed", "0")
	if status != 1 || out != fmt.Sprintf("%d updates were sent\n", len(rec.Updates())) || !strings.Contains(said, "502") {
		t.Errorf("status %d, %q, %q; %d were taken", status, out, said, len(rec.Updates()))
	}
}

// TestReplayThatEnds: a user who has enough, and an output that takes no more.
func TestReplayThatEnds(t *testing.T) {
	path := recordingOf(t, slices.Repeat([]thestral.Update{{Path: thestral.Connect, Message: "dolores-x-0->a"}, {Path: "a", Message: "b"}}, 50))
	none := func(string) (string, bool) { return "", false }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"replay", path}, {"replay", path, "--to", "http://127.0.0.1:1"}} {
		var said strings.Builder
		if status := run(ctx, args, none, io.Discard, &said); status != 1 || said.String() != "roots: interrupted\n" {
			t.Errorf("%q, interrupted, ends with %d and says %s", args, status, &said)
		}
	}
	var said strings.Builder
	full := &fullAfter{lines: 3}
	if status := run(t.Context(), []string{"replay", path}, none, full, &said); status != 1 || said.String() != "roots: full\n" {
		t.Errorf("with an output that is full it ends with %d and says %s", status, &said)
	}
	if full.refused != 1 {
		t.Errorf("%d lines more were written to what is full, want 1", full.refused)
	}
}

// fullAfter takes so many lines.
type fullAfter struct{ lines, refused int }

func (f *fullAfter) Write(line []byte) (int, error) {
	if f.lines == 0 {
		f.refused++
		return 0, errors.New("full")
	}
	f.lines--
	return len(line), nil
}

func TestSpeeds(t *testing.T) {
	for text, want := range map[string]float64{"1": 1, "0.5": 0.5, "0": 0, "1e3": 1000, "-1": -1, "": -1, "fast": -1, "NaN": -1, "Inf": -1, "-0.1": -1} {
		s := unset
		if err := s.Set(text); (err == nil) != (want >= 0) || float64(s) != want {
			t.Errorf("speed %q is %v, %v; want %v", text, float64(s), err, want)
		}
	}
	if got := unset.or(1); got != 1 {
		t.Errorf("if none is given the speed is %v", got)
	}
	if got := speed(0).or(1); got != 0 {
		t.Errorf("speed 0 is %v", got)
	}
}
