// Package partner helps the tests of connectors, whose partners are programs of
// other languages and a real Dudley. Whatever goes wrong fails the test at once.
package partner

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// Run runs a program in a folder, with these variables added to its
// environment, until it ends or the test does. It returns all that it printed.
func Run(t testing.TB, folder string, env []string, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
	return string(out)
}

// Dudley starts a real one that ends with the test. It returns what keeps the
// updates that he is given, and his URL.
func Dudley(t testing.TB) (*thestraltest.Recorder, string) {
	rec := new(thestraltest.Recorder)
	server := httptest.NewServer(dudley.New(rec, dudley.Options{}))
	t.Cleanup(server.Close)
	return rec, server.URL
}

// WantArrived expects that just these updates came.
func WantArrived(t testing.TB, rec *thestraltest.Recorder, want ...thestral.Update) {
	t.Helper()
	if diff := cmp.Diff(want, rec.Updates()); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}

// Shown returns the first block of code in README.md that is in a language and
// begins with this line, which may be empty for any.
func Shown(t testing.TB, language, line string) string {
	t.Helper()
	begin := regexp.QuoteMeta("```" + language + "\n")
	if line != "" {
		begin += regexp.QuoteMeta(line) + "[^\n]*\n"
	}
	block := regexp.MustCompile("(?s)" + begin + "(.*?)```").FindStringSubmatch(Read(t, "README.md"))
	if block == nil {
		t.Fatalf("README.md shows no %s that begins with %q", language, line)
	}
	return block[1]
}

// Read returns the text of a file.
func Read(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Write writes a file into a folder.
func Write(t testing.TB, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Abs returns the absolute form of a path.
func Abs(t testing.TB, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}
