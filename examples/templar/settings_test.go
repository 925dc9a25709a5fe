package main

import (
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	text := "# the application\nexport APP_URL='https://file.example/'\n\nRABBITMQ_HOST = rabbit\n  BINDER_INTERNAL=\"http://file/api/\"\nEMPTY=\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	standard := settings{listen: "127.0.0.1:5000", trigger: "127.0.0.1:5001", exchange: "hightemplar", notify: true}
	with := func(change func(*settings)) settings {
		s := standard
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		want settings
	}{
		"nothing": {nil, nil, standard},
		"flags": {
			strings.Fields("--listen :1 --trigger h:2 --token t --api http://a/ --api-socket /s --app-url u --amqp amqp://h/ --exchange e --origins https://a,https://b " +
				"--notify=false --echo --is-authenticated --private-status --log-file f --log-level debug"), nil,
			settings{
				":1", "h:2", "t", "http://a/", "/s", "u", "amqp://h/", "e", []string{"https://a", "https://b"},
				false, true, true, true, "f", slog.LevelDebug, "",
			},
		},
		"stock application": {
			nil, map[string]string{"CY_BINDER_INTERNAL": "http://wiremock:8080/api/", "CY_BINDER_SOCKET": "/s"},
			with(func(s *settings) { s.api, s.apiSocket = "http://wiremock:8080/api/", "/s" }),
		},
		"stock installation": {
			nil, map[string]string{
				"APP_URL": "u", "BINDER_INTERNAL": "http://a/", "BINDER_SOCKET": "/s", "CY_BINDER_INTERNAL": "other", "LOGFILE_PATH": "f", "LOGFILE_LEVEL": "WARNING",
				"RABBITMQ_USERNAME": "u", "RABBITMQ_PASSWORD": "p@/", "RABBITMQ_HOST": "h",
			},
			with(func(s *settings) {
				s.appURL, s.api, s.apiSocket, s.logFile, s.logLevel, s.amqp = "u", "http://a/", "/s", "f", slog.LevelWarn, "amqp://u:p%40%2F@h/"
			}),
		},
		"flags before the environment": {
			[]string{"--api", "http://flag/", "--amqp", "amqp://flag/"}, map[string]string{"BINDER_INTERNAL": "http://env/", "RABBITMQ_HOST": "env", "TEMPLAR_ECHO": "true"},
			with(func(s *settings) { s.api, s.amqp, s.echo = "http://flag/", "amqp://flag/", true }),
		},
		"the environment before a file": {
			nil, map[string]string{"ENV_FILE": file, "BINDER_INTERNAL": "http://env/"},
			with(func(s *settings) {
				s.api, s.appURL, s.amqp, s.envFile = "http://env/", "https://file.example/", "amqp://guest:guest@rabbit/", file
			}),
		},
		"a file by flag": {
			[]string{"--env-file", file}, nil,
			with(func(s *settings) {
				s.api, s.appURL, s.amqp, s.envFile = "http://file/api/", "https://file.example/", "amqp://guest:guest@rabbit/", file
			}),
		},
	} {
		got, err := parse(c.args, of(c.env))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, *got, cmp.AllowUnexported(settings{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWrongSettings(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(bad, []byte("A=1\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		env   map[string]string
		wrong string
	}{
		{[]string{"api"}, nil, `"api" is no setting`},
		{[]string{"--none"}, nil, "not defined: -none"},
		{[]string{"--log-level", "loud"}, nil, "loud"},
		{nil, map[string]string{"LOGFILE_LEVEL": "loud"}, `variable LOGFILE_LEVEL is "loud"`},
		{nil, map[string]string{"TEMPLAR_ECHO": "perhaps"}, `variable TEMPLAR_ECHO is "perhaps"`},
		{nil, map[string]string{"ENV_FILE": "/none/such"}, "/none/such"},
		{[]string{"--env-file", bad}, nil, "line 2 of " + bad + " is no NAME=value"},
		{[]string{"--api-socket", "/s"}, nil, "needs --api too"},
		{[]string{"--api", "localhost:1"}, nil, `"localhost:1" is no address of an API`},
		{[]string{"--api", "http://h/", "--amqp", "http://h/"}, nil, "the address of RabbitMQ must be"},
		{[]string{"--listen", "nonsense"}, nil, "nonsense"},
		{[]string{"--trigger", "0.0.0.0:0"}, nil, "without a token"},
		{[]string{"--log-file", "/none/such"}, nil, "/none/such"},
	} {
		args := append([]string{"--listen", "127.0.0.1:0", "--trigger", "127.0.0.1:0"}, c.args...)
		err := run(t.Context(), args, of(c.env), io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%v %v: the error is %v, it should say %q", c.args, c.env, err, c.wrong)
		}
	}
	if err := run(t.Context(), []string{"--help"}, of(nil), io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("--help: %v", err)
	}
}

// TestVariables: each flag has one, and each variable a flag.
func TestVariables(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, all := range variables {
		for _, variable := range append(all, "--"+name) {
			if !strings.Contains(string(readme), "`"+variable) {
				t.Errorf("the README does not have %s", variable)
			}
		}
	}
}
