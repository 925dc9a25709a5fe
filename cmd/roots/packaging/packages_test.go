package main

import (
	"bufio"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/testenv"
)

const testVersion = "1.2.3"

// packed is where the packages are, made once for all tests.
var packed = sync.OnceValues(func() (folder string, err error) {
	if folder, err = os.MkdirTemp("", "roots-packages"); err != nil {
		return "", err
	}
	return folder, pack(folder, testVersion)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if folder, _ := packed(); folder != "" {
		os.RemoveAll(folder)
	}
	os.Exit(code)
}

// packages returns where they are. Without the program that makes them, which is
// fetched when it is needed first, the test is skipped.
func packages(t *testing.T) (folder string) {
	t.Helper()
	if _, err := output("", here, "run", nfpm, "--version"); err != nil {
		unable(t, "nfpm can't be had: "+err.Error())
	}
	folder, err := packed()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// unable skips a test that can't be done here, which may not be in CI.
func unable(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// installed are the files of all packages, with their modes. All belong to root.
var installed = map[string]string{
	"/etc/roots/roots.conf":                              "-rw-------",
	"/usr/bin/roots":                                     "-rwxr-xr-x",
	"/usr/lib/systemd/system/roots-dudley.socket":        "-rw-r--r--",
	"/usr/lib/systemd/system/roots-firenze.socket":       "-rw-r--r--",
	"/usr/lib/systemd/system/roots-imperio.socket":       "-rw-r--r--",
	"/usr/lib/systemd/system/roots.service":              "-rw-r--r--",
	"/usr/share/bash-completion/completions/roots":       "-rw-r--r--",
	"/usr/share/doc/roots/copyright":                     "-rw-r--r--",
	"/usr/share/fish/vendor_completions.d/roots.fish":    "-rw-r--r--",
	"/usr/share/man/man1/roots.1.gz":                     "-rw-r--r--",
	"/usr/share/zsh/vendor-completions/_roots on Debian": "-rw-r--r--",
	"/usr/share/zsh/site-functions/_roots on Red Hat":    "-rw-r--r--",
}

// installedOn returns those of one kind of system.
func installedOn(system string) map[string]string {
	files := map[string]string{}
	for name, mode := range installed {
		name, only, limited := strings.Cut(name, " on ")
		if !limited || only == system {
			files[name] = mode
		}
	}
	return files
}

func TestDebianPackage(t *testing.T) {
	testenv.Need(t, "dpkg-deb", "dpkg")
	deb := filepath.Join(packages(t), "roots_"+testVersion+"_"+runtime.GOARCH+".deb")
	got := map[string]string{}
	for line := range strings.Lines(command(t, "dpkg-deb", "--contents", deb)) {
		fields := strings.Fields(line)
		if fields[1] != "root/root" {
			t.Errorf("it belongs to %s: %s", fields[1], line)
		}
		if name := strings.TrimPrefix(fields[5], "."); !strings.HasSuffix(name, "/") {
			got[name] = fields[0]
		}
	}
	if diff := cmp.Diff(installedOn("Debian"), got); diff != "" {
		t.Errorf("its files differ (-want +got):\n%s", diff)
	}
	if got := command(t, "dpkg-deb", "--info", deb, "conffiles"); got != "/etc/roots/roots.conf\n" {
		t.Errorf("the files of settings are %q", got)
	}
}

func TestRPMPackage(t *testing.T) {
	testenv.Need(t, "rpm", "rpm")
	all, err := filepath.Glob(filepath.Join(packages(t), "roots-"+testVersion+"-1.*.rpm"))
	if err != nil || len(all) != 1 {
		t.Fatalf("the packages are %q, %v", all, err)
	}
	got := map[string]string{}
	query := `[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILEFLAGS:fflags}\n]`
	for line := range strings.Lines(command(t, "rpm", "-qp", "--qf", query, all[0])) {
		fields := strings.Fields(line)
		if fields[2] != "root/root" {
			t.Errorf("it belongs to %s: %s", fields[2], line)
		}
		if fields[0] == "/etc/roots/roots.conf" && fields[3] != "cn" {
			t.Errorf("the file of settings has the flags %q, want those of settings that are kept", fields[3])
		}
		if !strings.HasPrefix(fields[1], "d") {
			got[fields[0]] = fields[1]
		}
	}
	if diff := cmp.Diff(installedOn("Red Hat"), got); diff != "" {
		t.Errorf("its files differ (-want +got):\n%s", diff)
	}
	if list := command(t, "rpm", "-qlp", all[0]); strings.Count(list, "\n") != len(got)+1 { // the folder of settings
		t.Errorf("it lists\n%s", list)
	}
}

// TestContainer reads the file as a builder does: what it copies is there, and
// what it starts runs without any library and without being root.
func TestContainer(t *testing.T) {
	folder := filepath.Join(packages(t), "container")
	file, err := os.Open(filepath.Join(folder, "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	words := map[string][]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 0 && fields[0] != "#" {
			words[fields[0]] = append(words[fields[0]], fields[1:]...)
		}
	}
	want := map[string][]string{"FROM": {"scratch"}, "COPY": {"LICENSE", "/LICENSE", "roots", "/roots"}, "USER": {"65532:65532"},
		"ENV": {"ROOTS_FIRENZE=:8008", "ROOTS_DUDLEY=:8004", "ROOTS_IMPERIO=", "ROOTS_LOG=off"}, "EXPOSE": {"8008", "8004"}, "ENTRYPOINT": {`["/roots"]`}}
	if diff := cmp.Diff(want, words); diff != "" {
		t.Errorf("the instructions differ (-want +got):\n%s", diff)
	}
	for i := 0; i < len(words["COPY"]); i += 2 {
		if _, err := os.Stat(filepath.Join(folder, words["COPY"][i])); err != nil {
			t.Error(err)
		}
	}
	program := filepath.Join(folder, "roots")
	if runtime.GOOS == "linux" {
		wantStatic(t, program)
		free := []string{"ROOTS_FIRENZE=127.0.0.1:0", "ROOTS_DUDLEY=:0"} // others may have the usual ports
		refuses := exec.Command(program)
		refuses.Env = slices.Concat(words["ENV"], free)
		if out, err := refuses.CombinedOutput(); !strings.Contains(string(out), "without a token") {
			t.Errorf("without a token it ends with %v and says %q", err, out)
		}
	}
}

// wantStatic holds that a program needs no library and no loader.
func wantStatic(t *testing.T, program string) {
	t.Helper()
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if libraries, err := file.ImportedLibraries(); err != nil && !errors.Is(err, elf.ErrNoSymbols) || len(libraries) > 0 {
		t.Errorf("it needs %q, %v", libraries, err)
	}
	if slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("it needs a loader")
	}
}

// command runs a program and returns what it prints.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}
