package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// harness is what speaks for a connector: a line in, a line out. One is used
// from a single goroutine.
type harness struct {
	in   io.WriteCloser
	out  *bufio.Reader
	kill func()       // may be called at any time
	wait func() error // waits for its end
}

// starter starts a harness, with these variables added to its environment.
type starter func(env []string) (*harness, error)

// patience is how long a harness may think about one line, far longer than any
// time-out that it is given.
const patience = 30 * time.Second

// command starts harnesses as processes.
func command(args []string) starter {
	return func(env []string) (*harness, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), env...)
		var said bytes.Buffer
		cmd.Stderr = &said
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		return &harness{in, bufio.NewReader(out), func() { cmd.Process.Kill() }, func() error {
			if err := cmd.Wait(); err != nil {
				return fmt.Errorf("the harness ended with %w\n%s", err, bytes.TrimSpace(said.Bytes()))
			}
			return nil
		}}, nil
	}
}

// request is a line to the harness.
type request struct {
	Call    string  `json:"call"`
	Args    []any   `json:"args,omitempty"`
	URL     string  `json:"url,omitempty"`
	Token   *string `json:"token,omitempty"`
	Timeout float64 `json:"timeout,omitempty"`
}

// answer is a line from the harness. Without an error the call has returned.
type answer struct {
	Error       *string
	Status      *int
	Index       *int
	Cause       string
	Unsupported bool
}

// String tells how the call went.
func (a answer) String() string {
	if a.Error == nil {
		return "success"
	}
	return fmt.Sprintf("the error %q with status %s, index %s, cause %q", *a.Error, number(a.Status), number(a.Index), a.Cause)
}

func number(n *int) string {
	if n == nil {
		return "none"
	}
	return fmt.Sprint(*n)
}

// ask sends one line and reads one.
func (h *harness) ask(r request) (a answer, err error) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false) // the line is for people too
	if err := enc.Encode(r); err != nil {
		return a, err
	}
	defer time.AfterFunc(patience, h.kill).Stop()
	if _, err := h.in.Write(line.Bytes()); err != nil {
		return a, fmt.Errorf("the harness takes no line: %w", err)
	}
	reply, err := h.out.ReadBytes('\n')
	if err != nil {
		return a, fmt.Errorf("the harness gives no line: %w", err)
	}
	if err := json.Unmarshal(reply, &a); err != nil {
		return a, fmt.Errorf("the harness gives %.200q, which is no answer: %w", reply, err)
	}
	return a, nil
}

// close ends the harness as its input ends, and returns what went wrong with it.
func (h *harness) close() error {
	h.in.Close()
	defer time.AfterFunc(patience, h.kill).Stop()
	return h.wait()
}
