package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/rootspush/roots/examples/templar/rabbit"
)

// settings are what may be chosen.
type settings struct {
	listen, trigger, token string
	api, apiSocket, appURL string
	amqp, exchange         string
	origins                []string
	notify                 bool
	echo                   bool
	isAuthenticated        bool
	privateStatus          bool
	logFile                string
	logLevel               slog.Level
	envFile                string
}

// parse reads the settings from flags, the environment, and a file, in this order.
func parse(args []string, env lookup) (*settings, error) {
	s := &settings{}
	flags := s.flags()
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(os.Stderr)
			flags.PrintDefaults()
		}
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%q is no setting, they begin with --", flags.Arg(0))
	}
	env, err := withFile(env, s.envFile)
	if err != nil {
		return nil, err
	}
	if err := fill(flags, env); err != nil {
		return nil, err
	}
	if s.amqp == "" {
		s.amqp = amqpOf(env)
	}
	return s, s.check()
}

// check says what is wrong with the settings that is not seen at once.
func (s *settings) check() error {
	if s.apiSocket != "" && s.api == "" {
		return fmt.Errorf("the socket %q needs --api too, as in http://localhost/api/", s.apiSocket)
	}
	if s.amqp != "" {
		return rabbit.Check(s.amqp)
	}
	return nil
}

// flags are the settings as flags.
func (s *settings) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("templar", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are told by main
	flags.StringVar(&s.listen, "listen", "127.0.0.1:5000", "the `address` that clients connect to; port 0 takes any that is free")
	flags.StringVar(&s.trigger, "trigger", "127.0.0.1:5001", "the `address` that messages to publish are posted to, for backends alone")
	flags.StringVar(&s.token, "token", "", "the `secret` that must come with each post; needed if others than this machine reach the address")
	flags.StringVar(&s.api, "api", "", "the `URL` of the API, with a slash at the end; without it there is a demonstration")
	flags.StringVar(&s.apiSocket, "api-socket", "", "the `path` of the Unix socket where the API is")
	flags.StringVar(&s.appURL, "app-url", "", "the `URL` of the application, which the API is sent as the Referer, with session_token of the query as X-Session-Token")
	flags.StringVar(&s.amqp, "amqp", "", "the `URL` of RabbitMQ; without it messages come by HTTP alone")
	flags.StringVar(&s.exchange, "exchange", "hightemplar", "the `name` of the exchange")
	flags.Func("origins", "the `sites`, with commas between, whose pages may connect, as in https://example.org; all may if there are none", func(list string) error {
		s.origins = strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
		return nil
	})
	flags.BoolVar(&s.notify, "notify", true, "post to user/notify_online/ and user/notify_offline/ of the API when clients come, ping and go")
	flags.BoolVar(&s.echo, "echo", false, "put the requestId into answers to subscriptions")
	flags.BoolVar(&s.isAuthenticated, "is-authenticated", false, "name the key is_authenticated, not is_authorized")
	flags.BoolVar(&s.privateStatus, "private-status", false, "tell the status at the trigger's address alone, not to clients")
	flags.StringVar(&s.logFile, "log-file", "", "the `file` that the log is added to, rather than standard error")
	flags.Func("log-level", "debug, info, warning or error (default info)", func(name string) error {
		if strings.EqualFold(name, "warning") { // as Python has it
			name = "warn"
		}
		return s.logLevel.UnmarshalText([]byte(name))
	})
	flags.StringVar(&s.envFile, "env-file", "", "a `file` of lines NAME=value, for variables that the environment does not have")
	return flags
}

// log has the log written where the settings say.
func (s *settings) log() (closeLog func(), err error) {
	file := os.Stderr
	if s.logFile != "" {
		if file, err = os.OpenFile(s.logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640); err != nil {
			return nil, err
		}
	}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: s.logLevel})))
	return func() {
		slog.SetDefault(before)
		if file != os.Stderr {
			_ = file.Close()
		}
	}, nil
}
