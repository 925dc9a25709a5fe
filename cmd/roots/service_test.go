package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kardianos/service"
)

// A manager stands for the service manager of the system.
type manager struct {
	service.Service
	asked  []string
	config *service.Config
	status service.Status
	err    error
}

func (*manager) String() string    { return "a manager of tests" }
func (*manager) Platform() string  { return "test" }
func (*manager) Detect() bool      { return true }
func (*manager) Interactive() bool { return true }
func (m *manager) New(_ service.Interface, c *service.Config) (service.Service, error) {
	m.config = c
	return m, nil
}
func (m *manager) ask(what string) error           { m.asked = append(m.asked, what); return m.err }
func (m *manager) Install() error                  { return m.ask("install") }
func (m *manager) Uninstall() error                { return m.ask("uninstall") }
func (m *manager) Start() error                    { return m.ask("start") }
func (m *manager) Stop() error                     { return m.ask("stop") }
func (m *manager) Status() (service.Status, error) { return m.status, m.ask("status") }

// manages puts m in the place of the manager of the system, and the settings of
// the service into a folder, which is returned.
func manages(t *testing.T, m *manager) (settings string) {
	before := service.AvailableSystems()
	service.ChooseSystem(m)
	t.Cleanup(func() { service.ChooseSystem(before...) })
	folder := t.TempDir()
	t.Setenv("ProgramData", folder)
	return filepath.Join(folder, "roots", "roots.conf")
}

func TestServiceCommands(t *testing.T) {
	for _, c := range []struct {
		do     string
		state  service.Status
		err    error
		status int
		says   string // on standard output, or standard error after an error
	}{
		{"start", 0, nil, 0, ""},
		{"stop", 0, nil, 0, ""},
		{"uninstall", 0, nil, 0, ""},
		{"start", 0, errors.New("not allowed"), 1, "not allowed"},
		{"install", 0, errors.New("exists"), 1, "exists"},
		{"status", service.StatusRunning, nil, 0, "running\n"},
		{"status", service.StatusStopped, nil, 1, "stopped\n"},
		{"status", service.StatusUnknown, service.ErrNotInstalled, 1, "not installed\n"},
		{"status", service.StatusUnknown, &exec.ExitError{}, 1, "not running\n"},
		{"status", service.StatusUnknown, errors.New("not reached"), 1, "not reached"},
	} {
		m := &manager{status: c.state, err: c.err}
		manages(t, m)
		status, out, errs := ran("service", c.do)
		if status != c.status || !strings.Contains(out+errs, c.says) || c.says == "" && out+errs != "" {
			t.Errorf("%s, which is %v, %v: status %d, %q, %q", c.do, c.state, c.err, status, out, errs)
		}
		if diff := cmp.Diff([]string{c.do}, m.asked); diff != "" {
			t.Errorf("what is asked for differs (-want +got):\n%s", diff)
		}
	}
}

func TestServiceMisused(t *testing.T) {
	m := new(manager)
	manages(t, m)
	for _, args := range [][]string{nil, {"restart"}, {"start", "now"}, {""}} {
		if status, out, errs := ran(append([]string{"service"}, args...)...); status != 2 || out != "" || !strings.Contains(errs, "install") {
			t.Errorf("roots service %q ended with status %d and said %q, %q", args, status, out, errs)
		}
	}
	if len(m.asked) > 0 {
		t.Errorf("it asked for %q", m.asked)
	}
}

// TestServiceInstall: there is a file of settings after it, and what somebody
// wrote into it stays.
func TestServiceInstall(t *testing.T) {
	m := new(manager)
	settings := manages(t, m)
	if status, out, errs := ran("service", "install"); status != 0 || !strings.Contains(out, settings) {
		t.Errorf("it ended with status %d and said %q, %q", status, out, errs)
	}
	text, err := os.ReadFile(settings)
	if err != nil || string(text) != exampleConfig {
		t.Errorf("the settings are %q, %v", text, err)
	}
	info, err := os.Stat(settings)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the settings are %v, %v", info, err)
	}
	if diff := cmp.Diff([]string{"--config", settings}, m.config.Arguments); diff != "" {
		t.Errorf("how it is started differs (-want +got):\n%s", diff)
	}
	if err := os.WriteFile(settings, []byte("hold = 7s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := ran("service", "install"); status != 0 {
		t.Errorf("the second time it ended with status %d and said %q", status, errs)
	}
	if text, err := os.ReadFile(settings); err != nil || string(text) != "hold = 7s\n" {
		t.Errorf("after that the settings are %q, %v", text, err)
	}
}

func TestServiceSeesItsProgram(t *testing.T) {
	for program, sees := range map[string]bool{
		"/usr/local/bin/roots": true, "/opt/home/roots": true, "/srv/tmp/roots": true,
		"/home/luna/roots": false, "/root/go/bin/roots": false, "/tmp/roots": false,
	} {
		if err := checkReach(program, nil); (err == nil) != sees {
			t.Errorf("%s: %v", program, err)
		}
	}
	if err := checkReach("", fs.ErrNotExist); err != fs.ErrNotExist {
		t.Errorf("a program that is not known: %v", err)
	}
}

// TestServiceUnit: the unit of the packages is that of roots service install,
// with the program where it is.
func TestServiceUnit(t *testing.T) {
	script := serviceConfig().Option["SystemdScript"].(string)
	_, rest, _ := strings.Cut(script, "\nExecStart=")
	line, _, _ := strings.Cut(rest, "\n")
	if want := "{{Path | cmdEscape}} --config ${CREDENTIALS_DIRECTORY}/roots.conf"; line != want {
		t.Errorf("the unit starts %q, want %q", line, want)
	}
	if strings.Count(script, "{{") != 1 || strings.Contains(script, packagedPath) {
		t.Errorf("more than the program depends on where it is:\n%s", script)
	}
}

// TestExampleSettings: the example names every setting, and says what holds
// without it, but for the log and an origin.
func TestExampleSettings(t *testing.T) {
	active := regexp.MustCompile(`(?m)^#([a-z-]+ =)`).ReplaceAllString(exampleConfig, "$1")
	file := filepath.Join(t.TempDir(), "roots.conf")
	if err := os.WriteFile(file, []byte(active), 0o600); err != nil {
		t.Fatal(err)
	}
	var c config
	flags := c.newFlags()
	if err := fromFile(flags, file); err != nil {
		t.Fatal(err)
	}
	given := givenFlags(flags)
	var without []string
	for _, name := range settingNames(flags) {
		f := flags.Lookup(name)
		if !given[name] {
			without = append(without, name)
		}
		if got := f.Value.String(); got != f.DefValue && !slices.Contains([]string{"log", "origin", "state"}, name) {
			t.Errorf("%s is %q, but %q is what holds without it", name, got, f.DefValue)
		}
	}
	if len(without) > 0 {
		t.Errorf("there is nothing about %q", without)
	}
	if active := regexp.MustCompile(`(?m)^[a-z].*$`).FindAllString(exampleConfig, -1); !slices.Equal(active, []string{"state = /var/lib/roots/sessions", "log = off"}) {
		t.Errorf("%q is set", active)
	}
}
