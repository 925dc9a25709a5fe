package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
)

// units writes the units into a folder, with a program that is there in place of
// roots.
func units(t *testing.T) (names []string) {
	t.Helper()
	folder := t.TempDir()
	for _, pattern := range []string{"*.service", "*.socket"} {
		all, err := fs.Glob(files, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			text, err := files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(folder, name)
			if err := os.WriteFile(to, []byte(strings.ReplaceAll(string(text), "ExecStart=/usr/bin/roots", "ExecStart=/bin/true")), 0o644); err != nil {
				t.Fatal(err)
			}
			names = append(names, to)
		}
	}
	return names
}

func TestUnitsAreValid(t *testing.T) {
	analyze := testenv.Need(t, "systemd-analyze", "systemd")
	names := units(t)
	if len(names) != 4 {
		t.Errorf("the units are %q", names)
	}
	// It complains about units of the system too, on which ours depend, and ends
	// well if a setting of ours is unknown. So what it says about ours counts.
	out, err := exec.Command(analyze, append([]string{"verify", "--man=no"}, names...)...).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "roots") {
			t.Error(line)
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// mostExposed is the highest score that the service may have, in tenths. What is
// left is that it speaks to the network, that its files are those of the system,
// and that it can see how the kernel is set.
const mostExposed = "11"

func TestServiceIsHardened(t *testing.T) {
	analyze := testenv.Need(t, "systemd-analyze", "systemd")
	out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold="+mostExposed, units(t)[0]).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
