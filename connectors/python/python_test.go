// Package python_test runs the tests of the Python connector against a real
// Dudley, with the real interpreter.
package python_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// told is a recorder that tells by HTTP what came since it was last asked.
type told struct {
	thestraltest.Recorder
	mu     sync.Mutex // guards before
	before int        // how many it has told
}

func (t *told) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	updates := t.Updates()
	json.NewEncoder(w).Encode(updates[t.before:])
	t.before = len(updates)
}

// folder returns a copy of this one: Python leaves files where it runs, and what
// is read for the copy tells Go that a cached result is out of date.
func folder(t *testing.T) string {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	return copied
}

// serve starts a server that ends with the test, and returns its address.
func serve(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// allPassed is how unittest ends when it ran tests and skipped none.
var allPassed = regexp.MustCompile(`(?m)^Ran [1-9]\d* tests(?s:.*)^OK$`)

func TestPython(t *testing.T) {
	unittest(t, testenv.Need(t, "python3", "python3"), "tests.test_cornelius")
}

// TestDjango runs what the README shows for Django, with Django.
func TestDjango(t *testing.T) {
	unittest(t, pythonWith(t, "django", "python3-django"), "tests.test_django")
}

// unittest runs tests in Python against real Dudleys.
func unittest(t *testing.T, python, module string) {
	var rec told
	run := exec.CommandContext(t.Context(), python, "-X", "dev", "-W", "error", "-W", "ignore::DeprecationWarning", "-m", "unittest", module)
	run.Dir = folder(t)
	run.Env = append(os.Environ(), "no_proxy=*",
		"DUDLEY="+serve(t, dudley.New(&rec, dudley.Options{})),
		"TOKEN_DUDLEY="+serve(t, dudley.New(&thestraltest.Recorder{}, dudley.Options{Token: "secret"})),
		"ARRIVED="+serve(t, &rec))
	out, err := run.CombinedOutput()
	// A socket left open is told there and fails no test by itself.
	if err != nil || !allPassed.Match(out) || bytes.Contains(out, []byte("ResourceWarning")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInstall: pip makes a package of the folder, without a network, and what
// it installs pushes an update in three lines.
func TestInstall(t *testing.T) {
	python := pythonWith(t, "setuptools, wheel, pip", "python3-setuptools, python3-wheel and python3-pip")
	target := t.TempDir()
	install := exec.CommandContext(t.Context(), python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
		"--no-build-isolation", "--disable-pip-version-check", "--target", target, folder(t))
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(target, "cornelius", "py.typed")); err != nil {
		t.Error(err)
	}
	var rec thestraltest.Recorder
	push := exec.CommandContext(t.Context(), python, "-c", `
import os
from cornelius import Cornelius
roots = Cornelius(os.environ["DUDLEY"])
roots.update("my/data", "hello")
`)
	push.Dir = target
	push.Env = append(os.Environ(), "PYTHONPATH="+target, "DUDLEY="+serve(t, dudley.New(&rec, dudley.Options{})))
	if out, err := push.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if diff := cmp.Diff([]thestral.Update{{Path: "my/data", Message: "hello"}}, rec.Updates()); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}

// pythonWith finds the interpreter that has these modules: often the system's
// has them while another comes first.
func pythonWith(t *testing.T, modules, debian string) string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import "+modules).Run() == nil {
			return python
		}
	}
	testenv.Missing(t, "a python3 with "+modules, debian)
	return ""
}
