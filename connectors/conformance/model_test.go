package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rootspush/roots/thestral"
)

// model is the simplest connector that keeps all rules, but for the one that it
// is told to break.
type model struct {
	breaks  string
	env     map[string]string
	url     *url.URL
	token   string
	timeout time.Duration
	kept    net.Conn
	sure    bool // that kept needs no look
}

// modelError is its error.
type modelError struct {
	text          string
	status, index int
	timeout       bool
}

func (e modelError) Error() string { return e.text }

func unanswered(err error) modelError {
	var timed net.Error
	return modelError{text: err.Error(), status: none, index: none, timeout: errors.As(err, &timed) && timed.Timeout()}
}

// models starts harnesses of models in this process.
func models(breaks string) starter {
	return func(env []string) (*harness, error) {
		m := &model{breaks: breaks, env: map[string]string{}}
		for _, variable := range env {
			name, value, _ := strings.Cut(variable, "=")
			m.env[name] = value
		}
		in, toIn := io.Pipe()
		fromOut, out := io.Pipe()
		var running sync.WaitGroup
		running.Go(func() { m.serve(in, out) })
		kill := func() { in.Close(); out.Close() }
		return &harness{toIn, bufio.NewReader(fromOut), kill, func() error { running.Wait(); return nil }}, nil
	}
}

// modelRequest is a line as the harness of a dynamic language sees it.
type modelRequest struct {
	Call    string
	URL     string
	Token   string
	Timeout float64
	Args    []json.RawMessage
}

func (m *model) serve(in io.Reader, out io.WriteCloser) {
	defer out.Close()
	lines, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var r modelRequest
		if lines.Decode(&r) != nil {
			m.drop()
			return
		}
		var e modelError
		switch err := m.do(r); {
		case err == nil:
			answers.Encode(struct{}{})
		case errors.As(err, &e):
			answers.Encode(m.told(e))
		default:
			answers.Encode(m.told(unanswered(err)))
		}
	}
}

func (m *model) told(e modelError) map[string]any {
	told := map[string]any{"error": e.text}
	if e.status != none {
		told["status"] = e.status
	}
	if e.index != none {
		told["index"] = e.index
	}
	if e.timeout && m.breaks != "timeout" {
		told["cause"] = "timeout"
	}
	return told
}

func (m *model) drop() {
	if m.kept != nil {
		m.kept.Close()
		m.kept = nil
	}
}

// item is an update on its way.
type item struct {
	Path    string          `json:"path"`
	Message json.RawMessage `json:"message"`
}

func (m *model) do(r modelRequest) error {
	switch r.Call {
	case "new":
		return m.new(r)
	case "update":
		return m.update(item{text(r.Args[0]), r.Args[1]})
	case "updates":
		var pairs [][2]json.RawMessage
		json.Unmarshal(r.Args[0], &pairs)
		batch := []item{}
		for _, pair := range pairs {
			batch = append(batch, item{text(pair[0]), pair[1]})
		}
		if m.breaks == "updates" && len(batch) < 10 {
			slices.Reverse(batch)
		}
		return m.updates(batch)
	}
	return m.connections(r.Call, text(r.Args[0]), r.Args[1])
}

func (m *model) new(r modelRequest) error {
	m.drop()
	m.token, m.timeout = r.Token, time.Duration(r.Timeout*float64(time.Second))
	u, err := url.Parse(r.URL)
	good := err == nil && u.RawQuery+u.Fragment == "" &&
		(u.Scheme == "unix" && u.Path != "" || (u.Scheme == "http" || u.Scheme == "https") && u.Host != "")
	if !good && m.breaks != "bad-url" {
		return modelError{text: "bad url", status: none, index: none}
	}
	m.url = u
	if m.breaks != "bad-token" && strings.ContainsFunc(m.token, func(r rune) bool { return r < ' ' }) {
		return modelError{text: "bad token", status: none, index: none}
	}
	return nil
}

func (m *model) update(u item) error {
	var message string
	isText := json.Unmarshal(u.Message, &message) == nil && string(u.Message) != "null"
	switch {
	case m.breaks == "text" && isText:
		u.Message = encode(strings.TrimSpace(message))
	case m.breaks == "paths":
		u.Path, _ = url.PathUnescape(strings.TrimPrefix(u.Path, "/"))
	case m.breaks == "values" && !isText:
		var value any
		json.Unmarshal(u.Message, &value)
		u.Message = encode(value)
	case m.breaks == "update":
		return m.send(fmt.Appendf(nil, `[{"message":%s,"path":%s}]`, u.Message, encode(u.Path)))
	}
	return m.updates([]item{u})
}

func (m *model) updates(batch []item) error {
	if len(batch) == 0 && m.breaks != "empty" {
		return nil
	}
	if len(batch) > 1000 && m.breaks == "batch-limit" {
		batch = batch[:1000]
	}
	if len(batch) > 1000 {
		return modelError{"too many", 400, none, false}
	}
	for i, u := range batch {
		if err := thestral.CheckUpdate(u.Path, text(u.Message)); err != nil && m.breaks == "bad-update" {
			return m.updates(slices.Delete(slices.Clone(batch), i, i+1))
		} else if err != nil {
			return modelError{err.Error(), 400, i, false}
		}
	}
	return m.send(encode(batch))
}

func (m *model) connections(verb, id string, arg json.RawMessage) error {
	var paths []string
	if json.Unmarshal(arg, &paths) != nil {
		paths = []string{text(arg)}
	}
	arrow := "->"
	if m.breaks == "connect" && verb == "connect" {
		arrow = "-> "
	} else if m.breaks == "disconnect" {
		verb = "connect"
	}
	batch := []item{}
	for i, path := range paths {
		if m.breaks != "bad-id" && (id == "" || strings.Contains(id, "->")) {
			return modelError{"bad id", 400, i, false}
		}
		if err := thestral.CheckHeard(path); err != nil && m.breaks != "bad-path" {
			return modelError{err.Error(), 400, i, false}
		}
		batch = append(batch, item{"::" + verb, encode(id + arrow + path)})
	}
	return m.updates(batch)
}

func (m *model) send(body []byte) error {
	if len(body) > 1<<20 && m.breaks != "body-limit" {
		return modelError{"too long", 413, none, false}
	}
	status, answer, err := m.ask(body)
	if m.breaks == "server-error" && status == 503 {
		status, answer, err = m.ask(body)
	}
	if err != nil {
		return err
	}
	return m.judge(status, answer)
}

func (m *model) judge(status int, body []byte) error {
	var answer struct {
		Success bool
		Error   string
		Index   *int
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case status == 200 && m.breaks == "wrong-body",
		status == 200 && err == nil && answer.Success,
		status/100 == 2 && (answer.Success || status == 204) && m.breaks == "other-success":
		return nil
	case status/100 == 4 && err == nil && answer.Error != "":
		refused := modelError{answer.Error, status, none, false}
		if answer.Index != nil && m.breaks != "refusal" {
			refused.index = *answer.Index
		}
		return refused
	case status/100 == 4 && m.breaks == "client-error":
		return modelError{string(body), none, none, false}
	}
	return modelError{http.StatusText(status), status, none, false}
}

// encode does not write "<" in six bytes.
func encode(value any) []byte {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	enc.Encode(value)
	return bytes.TrimSuffix(body.Bytes(), []byte("\n"))
}

func text(raw json.RawMessage) (s string) {
	json.Unmarshal(raw, &s)
	return s
}

// trusted is what the environment says, and not that of the test.
func (m *model) trusted() *tls.Config {
	pool := x509.NewCertPool()
	if certificate, err := os.ReadFile(m.env["SSL_CERT_FILE"]); err == nil && m.breaks != "https" {
		pool.AppendCertsFromPEM(certificate)
	}
	return &tls.Config{RootCAs: pool, ServerName: m.url.Hostname(), InsecureSkipVerify: m.breaks == "untrusted"}
}
