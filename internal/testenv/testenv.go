// Package testenv tells tests where they run, and what there is beside Go.
package testenv

import (
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"testing"
)

// Need returns the path of a program that the test has to do with. Where there
// is none, the test is skipped as by [Missing].
func Need(t testing.TB, program, debianPackage string) (path string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		Missing(t, program, debianPackage)
	}
	return path
}

// Missing skips a test whose partner is not there, and says what to install. It
// fails the test if the environment says CI=true: there all must be.
func Missing(t testing.TB, what, debianPackages string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing, it comes with Debian's %s", what, debianPackages)
	}
	t.Skipf("%s is missing, it comes with Debian's %s", what, debianPackages)
}

// Race says that the race detector runs, which makes everything ten times slower
// and can't hold ten thousand goroutines.
func Race() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// Full says that the long runs are wanted: ROOTS_FULL=1.
func Full() bool { return os.Getenv("ROOTS_FULL") != "" }
