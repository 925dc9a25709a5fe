package browser_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/connectors/browser"
	"github.com/rootspush/roots/internal/testenv"
)

// npm runs npm in a folder with its cache only where that is enough, and returns
// what it printed. Without npm or the network the test is skipped.
func npm(t *testing.T, folder string, args ...string) (output string, err error) {
	t.Helper()
	program := testenv.Need(t, "npm", "npm")
	command := exec.CommandContext(t.Context(), program, append([]string{"--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"}, args...)...)
	command.Dir = folder
	printed, err := command.CombinedOutput()
	if offline := regexp.MustCompile(`code (ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENOTCACHED)`); err != nil && offline.Match(printed) {
		testenv.Missing(t, "the network for npm", "npm")
	}
	return string(printed), err
}

// TestTypes: what a page in TypeScript writes is accepted, and what it must not
// write is refused.
func TestTypes(t *testing.T) {
	output, err := npm(t, ".", "exec", "--yes", "--package=typescript@5.9.3", "--",
		"tsc", "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable", "test/types.ts")
	if err != nil {
		t.Errorf("tsc: %v\n%s", err, output)
	}
}

// TestPackage: what npm packs is the module, its types and what everybody wants
// to read, and another package can import it.
func TestPackage(t *testing.T) {
	testenv.Need(t, "node", "nodejs")
	folder := t.TempDir()
	output, err := npm(t, ".", "pack", "--json", "--pack-destination", folder)
	if err != nil {
		t.Fatalf("npm pack: %v\n%s", err, output)
	}
	var packed []struct {
		Filename string
		Files    []struct{ Path string }
	}
	if err := json.Unmarshal([]byte(output[strings.Index(output, "["):]), &packed); err != nil {
		t.Fatalf("%v in %s", err, output)
	}
	var files []string
	for _, file := range packed[0].Files {
		files = append(files, file.Path)
	}
	slices.Sort(files)
	if diff := cmp.Diff([]string{"LICENSE", "README.md", "package.json", "pomona.d.ts", "pomona.js"}, files); diff != "" {
		t.Errorf("packed (-want +got):\n%s", diff)
	}
	if output, err := npm(t, folder, "install", "--offline", filepath.Join(folder, packed[0].Filename)); err != nil {
		t.Fatalf("npm install: %v\n%s", err, output)
	}
	script := `import { Pig, Pomona } from "@rootspush/pomona"; console.log(typeof Pig, typeof Pomona);`
	command := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", script)
	command.Dir = folder
	if printed, err := command.CombinedOutput(); err != nil || string(printed) != "function function\n" {
		t.Errorf("imported: %v\n%s", err, printed)
	}
}

// TestLicense: the package has the license of the whole.
func TestLicense(t *testing.T) {
	if diff := cmp.Diff(read(t, "../../LICENSE"), read(t, "LICENSE")); diff != "" {
		t.Errorf("LICENSE (-want +got):\n%s", diff)
	}
}

// TestSize: the README states the size of the module, and is right within 5 %.
func TestSize(t *testing.T) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(browser.Module) // a buffer takes everything
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	stated := regexp.MustCompile(`([0-9.]+) KiB with gzip`).FindStringSubmatch(read(t, "README.md"))
	if stated == nil {
		t.Fatal("README.md does not state the size of the module, as in \"9.9 KiB with gzip\"")
	}
	want, err := strconv.ParseFloat(stated[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(packed.Len()) / 1024; got < want*0.95 || got > want*1.05 {
		t.Errorf("the module is %.1f KiB with gzip, README.md states %.1f", got, want)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
