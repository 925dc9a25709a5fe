package main

import (
	"bufio"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/testenv"
)

// TestInstall installs the Debian package on this very machine, uses it, installs
// it over itself, removes and purges it. Nothing is left behind.
func TestInstall(t *testing.T) {
	testenv.Need(t, "dpkg", "dpkg")
	if os.Geteuid() != 0 {
		unable(t, "only root can install packages")
	}
	if _, err := os.Stat("/run/systemd/system"); err == nil && os.Getenv("CI") != "true" {
		t.Skip("systemd runs here, and would start what is installed")
	}
	for _, name := range []string{"/usr/bin/roots", "/etc/roots", "/var/lib/roots"} {
		if _, err := os.Lstat(name); err == nil {
			unable(t, name+" is there: roots is installed on this machine, which is left alone")
		}
	}
	deb := filepath.Join(packages(t), "roots_"+testVersion+"_"+runtime.GOARCH+".deb")
	before := ours(t)
	t.Cleanup(func() { _ = exec.Command("dpkg", "--purge", "roots").Run() }) // if the test did not come that far
	command(t, "dpkg", "-i", deb)
	for name, mode := range installedOn("Debian") {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if owner := info.Sys().(*syscall.Stat_t); info.Mode().String() != mode || owner.Uid != 0 || owner.Gid != 0 {
			t.Errorf("%s has the mode %v, the owner %d and the group %d, want %s and root", name, info.Mode(), owner.Uid, owner.Gid, mode)
		}
	}
	wantEnabled(t, true)
	for _, folder := range []string{"/var/lib/private/roots", "/var/lib/roots"} { // as systemd makes them
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	serves(t)

	const settings = "/etc/roots/roots.conf"
	if err := os.WriteFile(settings, []byte("log = off\nhold = 7s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "dpkg", "-i", deb)
	if text, err := os.ReadFile(settings); err != nil || string(text) != "log = off\nhold = 7s\n" {
		t.Errorf("after a second installation the settings are %q, %v", text, err)
	}
	command(t, "dpkg", "--remove", "roots")
	wantEnabled(t, false)
	if _, err := os.Stat(settings); err != nil {
		t.Errorf("after a removal: %v", err)
	}
	command(t, "dpkg", "--purge", "roots")
	if diff := cmp.Diff(before, ours(t)); diff != "" {
		t.Errorf("what is left behind (+):\n%s", diff)
	}
	_ = os.Remove("/var/lib/private") // if it is empty, the test has made it
}

// wantEnabled holds that the service starts with the system, or not. That can be
// said only where there is systemctl, but systemd need not run.
func wantEnabled(t *testing.T, want bool) {
	t.Helper()
	if _, err := exec.LookPath("systemctl"); err != nil {
		return
	}
	_, err := os.Lstat("/etc/systemd/system/multi-user.target.wants/roots.service")
	if got := err == nil; got != want {
		t.Errorf("the service starts with the system: %v, want %v", got, want)
	}
}

// serves holds that what was installed serves with its settings.
func serves(t *testing.T) {
	t.Helper()
	server := exec.Command("/usr/bin/roots", "--config", "/etc/roots/roots.conf", "--firenze", "127.0.0.1:0", "--dudley", "127.0.0.1:0", "--imperio", "")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ready := false
	for lines := bufio.NewScanner(out); !ready && lines.Scan(); {
		ready = strings.HasPrefix(lines.Text(), "page")
	}
	_ = server.Process.Signal(syscall.SIGTERM) // if it has ended, Wait tells
	if err := server.Wait(); err != nil || !ready {
		t.Errorf("it was ready: %v, and ended with %v", ready, err)
	}
}

// ours are all files of the system that could be those of the package.
func ours(t *testing.T) (names []string) {
	t.Helper()
	for _, top := range []string{"/etc", "/usr", "/var", "/run"} {
		_ = filepath.WalkDir(top, func(name string, _ fs.DirEntry, err error) error {
			if err == nil && strings.Contains(filepath.Base(name), "roots") {
				names = append(names, name)
			}
			return nil // what can't be read, or goes meanwhile, is none of ours
		})
	}
	slices.Sort(names)
	return names
}
