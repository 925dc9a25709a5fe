package main

import (
	"cmp"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// A lookup finds a variable of the environment.
type lookup func(name string) (value string, ok bool)

// variables are those of the original, for its deployments, or ours where it has none.
// The first that is set counts.
var variables = map[string][]string{
	"listen":           {"TEMPLAR_LISTEN"},
	"trigger":          {"TEMPLAR_TRIGGER"},
	"token":            {"TEMPLAR_TOKEN"},
	"api":              {"BINDER_INTERNAL", "CY_BINDER_INTERNAL"},
	"api-socket":       {"BINDER_SOCKET", "CY_BINDER_SOCKET"},
	"app-url":          {"APP_URL"},
	"amqp":             {"TEMPLAR_AMQP"},
	"exchange":         {"TEMPLAR_EXCHANGE"},
	"origins":          {"TEMPLAR_ORIGINS"},
	"notify":           {"TEMPLAR_NOTIFY"},
	"echo":             {"TEMPLAR_ECHO"},
	"is-authenticated": {"TEMPLAR_IS_AUTHENTICATED"},
	"private-status":   {"TEMPLAR_PRIVATE_STATUS"},
	"log-file":         {"LOGFILE_PATH"},
	"log-level":        {"LOGFILE_LEVEL"},
	"env-file":         {"ENV_FILE"},
}

// fill sets the flags that were not given from the environment.
func fill(flags *flag.FlagSet, env lookup) (err error) {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	flags.VisitAll(func(f *flag.Flag) {
		for _, name := range variables[f.Name] {
			value, ok := env(name)
			if !ok || value == "" || given[f.Name] || err != nil {
				continue
			}
			given[f.Name] = true
			if wrong := f.Value.Set(value); wrong != nil {
				err = fmt.Errorf("variable %s is %q: %w", name, value, wrong)
			}
		}
	})
	return err
}

// amqpOf makes an address of the three variables that the original has. Without a host
// there is no RabbitMQ.
func amqpOf(env lookup) string {
	host, _ := env("RABBITMQ_HOST")
	if host == "" {
		return ""
	}
	user, _ := env("RABBITMQ_USERNAME")
	password, _ := env("RABBITMQ_PASSWORD")
	u := url.URL{Scheme: "amqp", Host: host, Path: "/", User: url.UserPassword(cmp.Or(user, "guest"), cmp.Or(password, "guest"))}
	return u.String()
}

// withFile adds what stands in a file to the environment, which may name the file.
func withFile(env lookup, path string) (lookup, error) {
	if path == "" {
		path, _ = env("ENV_FILE")
	}
	if path == "" {
		return env, nil
	}
	values, err := readFile(path)
	return func(name string) (string, bool) {
		if value, ok := env(name); ok {
			return value, true
		}
		value, ok := values[name]
		return value, ok
	}, err
}

// readFile reads lines NAME=value, with quotes around the value or not, and with
// "export" before the name or not; "#" begins a comment.
func readFile(path string) (values map[string]string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values = map[string]string{}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("line %d of %s is no NAME=value", i+1, path)
		}
		values[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
	}
	return values, nil
}

func unquote(value string) string {
	if n := len(value); n >= 2 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		return value[1 : n-1]
	}
	return value
}
