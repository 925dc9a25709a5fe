package main

import (
	"context"
	_ "embed" // for the unit and the example
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kardianos/service"
)

const serviceAbout = `Roots then runs as its system runs services: systemd, launchd, rc.d, OpenRC, System V, or the service manager of Windows. It starts with the system, and again if it fails.
install writes a file of settings with all of them commented out, if there is none, and says where; it is read at each start. uninstall leaves it.
The program must stay where it was when it was installed. With systemd it then has a user of its own and few rights, elsewhere those of the system. All but status need the rights of an administrator.
The exit status of status is 0 if the service runs, and 1 if it does not.`

// What there is to do with a service. Choices come from it, and so their order.
const serviceArgs = "install|start|stop|status|uninstall"

// The unit of the packages serves here too, and so does their file of settings.
//
//go:embed packaging/roots.service
var serviceUnit string

//go:embed packaging/roots.conf
var exampleConfig string

// packagedPath is the program in the unit.
const packagedPath = "/usr/bin/roots"

// manageService runs roots as a service of its system, or no longer.
func manageService(_ context.Context, p program, args []string) error {
	words, err := p.parse(flag.NewFlagSet("service", flag.ContinueOnError), args, serviceArgs)
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Split(serviceArgs, "|"), words[0]) {
		return misuse{fmt.Errorf("%q is nothing to do with a service, which are %s", words[0], strings.ReplaceAll(serviceArgs, "|", ", "))}
	}
	s, err := service.New(supervised{}, serviceConfig())
	if err != nil {
		return err
	}
	switch words[0] {
	case "install":
		return installService(s, p, settingsFile())
	case "uninstall":
		return uninstallService(s)
	case "status":
		return p.showService(s.Status())
	}
	return service.Control(s, words[0])
}

func serviceConfig() *service.Config {
	return &service.Config{
		Name:        "roots",
		DisplayName: "Roots",
		Description: "Roots, push for web applications",
		Arguments:   []string{"--config", settingsFile()},
		Option: service.KeyValue{
			"SystemdScript": strings.Replace(serviceUnit, "ExecStart="+packagedPath, "ExecStart={{Path | cmdEscape}}", 1),
			"RunAtLoad":     true,      // of launchd
			"OnFailure":     "restart", // of Windows
		},
	}
}

// settingsFile is where a service has its settings.
func settingsFile() string {
	if data, ok := os.LookupEnv("ProgramData"); ok { // on Windows
		return filepath.Join(data, "roots", "roots.conf")
	}
	return "/etc/roots/roots.conf"
}

// installService installs it, with an example of its settings if there are none.
func installService(s service.Service, p program, settings string) error {
	if s.Platform() == "linux-systemd" {
		if err := checkReach(os.Executable()); err != nil {
			return err
		}
	}
	if err := writeExample(settings); err != nil {
		return err
	}
	if err := s.Install(); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "installed; its settings are in %s, and it begins with: roots service start\n", settings)
	return nil
}

// uninstallService uninstalls it. On System V the links to its script go too,
// which the library makes and forgets.
func uninstallService(s service.Service) error {
	err := s.Uninstall()
	if s.Platform() == "unix-systemv" {
		links, _ := filepath.Glob("/etc/rc[0-6].d/[SK][0-9][0-9]roots") // the pattern is good
		for _, link := range links {
			err = errors.Join(err, os.Remove(link))
		}
	}
	return err
}

// checkReach says why the unit, which sees no homes and has a /tmp of its own,
// could not start a program, or nil.
func checkReach(program string, err error) error {
	for _, hidden := range []string{"/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"} {
		if err == nil && strings.HasPrefix(program, hidden) {
			return fmt.Errorf("the service would not see %q, for all of %s is hidden from it; move the program to /usr/local/bin first", program, hidden)
		}
	}
	return err
}

// writeExample writes the file of settings, unless there is one. It may get a
// token, so it is for its owner alone.
func writeExample(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	_, err = file.WriteString(exampleConfig)
	return errors.Join(err, file.Close())
}

// showService prints the state of the service.
func (p program) showService(status service.Status, err error) error {
	state := map[service.Status]string{service.StatusRunning: "running", service.StatusStopped: "stopped"}[status]
	switch {
	case errors.Is(err, service.ErrNotInstalled):
		state = "not installed"
	case errors.As(err, new(*exec.ExitError)): // of the script on System V
		state = "not running"
	case err != nil:
		return err
	}
	fmt.Fprintln(p.stdout, state)
	if status != service.StatusRunning {
		return exit(1)
	}
	return nil
}
