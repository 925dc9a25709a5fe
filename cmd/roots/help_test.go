package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rootspush/roots/internal/testenv"
)

// TestManual: a program that formats manual pages understands this one, and all
// that help tells is in it.
func TestManual(t *testing.T) {
	groff := testenv.Need(t, "groff", "groff-base")
	_, page, _ := do(t, "man")
	c := exec.Command(groff, "-man", "-Tutf8", "-ww", "-P-c", "-P-u", "-P-o", "-P-b")
	c.Stdin = strings.NewReader(page)
	var complaints strings.Builder
	c.Stderr = &complaints
	out, err := c.Output()
	if err != nil || complaints.String() != "" {
		t.Fatalf("groff says %v, %s", err, &complaints)
	}
	shown := words(string(out))
	_, help, _ := do(t, "--help")
	for _, c := range commands() {
		_, more, _ := do(t, c.name, "--help")
		help += "\n" + more
	}
	for line := range strings.Lines(help) {
		if text := words(line); !strings.Contains(shown, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

// words leaves no more of a text than its letters and signs: a page is filled and
// hyphenated otherwise than a help.
func words(text string) string {
	return regexp.MustCompile(`[\s\x{2010}\x{ad}]+`).ReplaceAllString(text, "")
}

// TestHelpTellsAll: whatever there is, help and completion tell of it, and no
// line is too long to read.
func TestHelpTellsAll(t *testing.T) {
	_, help, _ := do(t, "--help")
	for _, name := range append(settingNames(new(config).newFlags()), "config") {
		if !strings.Contains(help, "\n  --"+name+" ") && !strings.Contains(help, "\n  --"+name+"\n") {
			t.Errorf("the help does not tell of --%s", name)
		}
	}
	for line := range strings.Lines(help) {
		if utf8.RuneCountInString(line) > defaultWidth+1 && strings.HasPrefix(line, "    ") {
			t.Errorf("this line is too long: %s", line)
		}
	}
	if strings.Contains(help, "OPTIONS: MORE") {
		t.Errorf("some flag is in no group of help_manual.go: %s", help[strings.Index(help, "OPTIONS: MORE"):])
	}
}
