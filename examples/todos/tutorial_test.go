package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A step of the tutorial is a block of README.md: either commands, or what is put
// into a file.
type step struct{ file, text string }

var (
	block = regexp.MustCompile("(?sm)^```(\\w+)\n(.*?)^```$")
	// header is the first line of a file, which names it.
	header = regexp.MustCompile(`\A(?:#|\{#) (todos/\S+?)(?:, at the end)?(?: #\})?\n`)
)

// tutorial returns the steps, in order.
func tutorial(t *testing.T) (steps []step) {
	t.Helper()
	_, text, _ := strings.Cut(read(t, "README.md"), "\n## Once more with Django\n")
	text, _, _ = strings.Cut(text, "\n## ")
	for _, found := range block.FindAllStringSubmatch(text, -1) {
		one := step{text: found[2]}
		if found[1] != "sh" {
			name := header.FindStringSubmatch(one.text)
			if name == nil {
				t.Fatalf("this block does not say which file it is:\n%s", one.text)
			}
			one.file = name[1]
		}
		steps = append(steps, one)
	}
	if len(steps) == 0 {
		t.Fatal("README.md has no tutorial")
	}
	return steps
}

// script returns the steps as commands of the shell. A file that is there is gone
// on with if the step says so, as that of the settings does.
func script(steps []step) string {
	var all strings.Builder
	for _, one := range steps {
		if one.file == "" {
			all.WriteString(one.text)
			continue
		}
		mode := ">"
		if firstLine, _, _ := strings.Cut(one.text, "\n"); strings.Contains(firstLine, "at the end") {
			mode = ">>"
		}
		fmt.Fprintf(&all, "cat %s %s <<'END OF FILE'\n%sEND OF FILE\n", mode, one.file, one.text)
	}
	return all.String()
}

// work is what a reader has to do.
type work struct{ files, lines, commands int }

func (w work) String() string { return fmt.Sprintf("| %d | %d | %d |", w.files, w.lines, w.commands) }

// count counts the work of the steps, and what of it is there for push: all of
// push.py, and what is marked.
func count(steps []step) (all, push work) {
	for _, one := range steps {
		marked := strings.Count(one.text, "# push")
		switch {
		case one.file == "":
			all.commands += codeLines(one.text)
			push.commands += marked
			continue
		case one.file == "todos/push.py":
			marked = codeLines(one.text)
		}
		all.files++
		all.lines += codeLines(one.text)
		push.lines += marked
		if marked > 0 {
			push.files++
		}
	}
	return all, push
}

// codeLines counts lines that are neither blank nor a comment.
func codeLines(text string) (n int) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "{#") {
			n++
		}
	}
	return n
}

// TestTutorialCounts: README.md says how much there is to do, and this is true.
func TestTutorialCounts(t *testing.T) {
	all, push := count(tutorial(t))
	for _, want := range []string{"| all of it " + all.String(), "| of this for push, marked `# push` " + push.String()} {
		if !strings.Contains(read(t, "README.md"), want+"\n") {
			t.Errorf("README.md should say %q", want)
		}
	}
}

// TestTutorialFolder: django/ holds what the tutorial writes, no more and no less,
// but for the settings, most of which Django writes.
func TestTutorialFolder(t *testing.T) {
	want, got := map[string]string{}, map[string]string{}
	for _, one := range tutorial(t) {
		if one.file != "" && one.file != "todos/settings.py" {
			want[one.file] = one.text
		}
	}
	err := filepath.WalkDir("django", func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			got[strings.TrimPrefix(filepath.ToSlash(path), "django/")] = read(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("django/ differs from the tutorial (-tutorial +folder):\n%s", diff)
	}
}
