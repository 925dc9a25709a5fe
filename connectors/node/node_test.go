// Package node_test runs the tests of the Node connector with the real Node.
package node_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// run runs a program and returns what it prints.
func run(t *testing.T, folder string, env []string, program string, args ...string) string {
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

// packed installs the package as npm would, in an empty folder.
func packed(t *testing.T) (folder string) {
	t.Helper()
	npm := testenv.Need(t, "npm", "npm")
	source, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	tarball := strings.TrimSpace(run(t, folder, nil, npm, "pack", "--silent", "--offline", source))
	write(t, folder, "package.json", `{"type": "module"}`)
	run(t, folder, nil, npm, "install", "--silent", "--offline", "--no-audit", "--no-fund", "./"+tarball)
	return folder
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shown returns the block of the README whose first line names a file.
func shown(t *testing.T, name string) string {
	t.Helper()
	block := regexp.MustCompile("(?s)```js\n// " + regexp.QuoteMeta(name) + "\n(.*?)```").FindStringSubmatch(read(t, "README.md"))
	if block == nil {
		t.Fatalf("the README does not show %s", name)
	}
	return block[1]
}

func TestNode(t *testing.T) {
	run(t, ".", nil, testenv.Need(t, "node", "nodejs"), "--test", "test/cornelius.test.mjs")
}

// TestInstall: what npm packs and installs pushes an update in three lines.
func TestInstall(t *testing.T) {
	node := testenv.Need(t, "node", "nodejs")
	folder := packed(t)
	var rec thestraltest.Recorder
	server := httptest.NewServer(dudley.New(&rec, dudley.Options{}))
	defer server.Close()
	lines := regexp.MustCompile("(?s)```js\n(.*?)```").FindStringSubmatch(read(t, "README.md"))[1]
	write(t, folder, "push.js", strings.Replace(lines, "Cornelius()", "Cornelius(process.env.DUDLEY)", 1))
	run(t, folder, []string{"DUDLEY=" + server.URL}, node, "push.js")
	if diff := cmp.Diff([]thestral.Update{{Path: "my/data", Message: "hello"}}, rec.Updates()); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}

func TestTypes(t *testing.T) {
	tsc := testenv.Need(t, "tsc", "node-typescript")
	folder := packed(t)
	write(t, folder, "types.ts", read(t, "test/types.ts"))
	run(t, folder, nil, tsc, "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext", "--moduleResolution", "nodenext", "types.ts")
}

// TestExpress runs the router that the README shows, with Express.
func TestExpress(t *testing.T) {
	node := testenv.Need(t, "node", "nodejs")
	const modules = "/usr/share/nodejs" // where Debian keeps them
	if _, err := os.Stat(modules + "/express"); err != nil {
		testenv.Missing(t, "Express", "node-express")
	}
	folder := packed(t)
	if err := os.Symlink(modules+"/express", folder+"/node_modules/express"); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "roots.js", shown(t, "roots.js"))
	write(t, folder, "test.mjs", read(t, "test/express.mjs"))
	if !strings.Contains(shown(t, "app.js"), "`orders/${req.session.userId}`") {
		t.Error("the README's use of the router is another than the one that is run")
	}
	var rec thestraltest.Recorder
	server := httptest.NewServer(dudley.New(&rec, dudley.Options{}))
	defer server.Close()
	out := run(t, folder, []string{"DUDLEY=" + server.URL, "NODE_PATH=" + modules}, node, "test.mjs")
	want := `/roots/connect/an-id same-origin 204
/roots/disconnect/an-id same-origin 204
/roots/connect/an-id cross-site 403
/roots/connect/an-id none 403
/roots/connect/an-id same-origin 400
/roots/connect/a->b same-origin 400
/gone/connect/an-id same-origin 502
/roots/connect/an-id same-origin 400
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	wantUpdates := []thestral.Update{{Path: "::connect", Message: "an-id->orders/7"}, {Path: "::disconnect", Message: "an-id->orders/7"}}
	if diff := cmp.Diff(wantUpdates, rec.Updates()); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}
