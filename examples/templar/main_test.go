package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
)

// TestMain fails if a goroutine of the example is left.
func TestMain(m *testing.M) {
	os.Exit(testenv.Main(m, "examples/templar", "firenze/parking."))
}

// A command is one that runs until the test ends.
type command struct {
	t                testing.TB
	clients, trigger string // addresses
	stop             func() error
}

var addressForm = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// start runs the command at free ports, with nothing of the environment but env.
func start(t testing.TB, env map[string]string, args ...string) *command {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	said, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		args := append([]string{"--listen", "127.0.0.1:0", "--trigger", "127.0.0.1:0"}, args...)
		err := run(ctx, args, of(env), out)
		out.CloseWithError(errors.New("it ended"))
		ended <- err
	}()
	c := &command{t: t, stop: sync.OnceValue(func() error {
		cancel()
		go io.Copy(io.Discard, said)
		return <-ended
	})}
	t.Cleanup(func() {
		if err := c.stop(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(said)
	for _, address := range []*string{&c.clients, &c.trigger} {
		if !lines.Scan() {
			t.Fatalf("it did not start: %v, %v", lines.Err(), c.stop())
		}
		*address = addressForm.FindString(lines.Text())
	}
	go io.Copy(io.Discard, said)
	return c
}

// of is an environment.
func of(env map[string]string) lookup {
	return func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	}
}

// post posts a trigger, and returns what is answered.
func (c *command) post(body string, headers ...string) string {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://"+c.trigger+"/trigger/", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return fmt.Sprint(answer.StatusCode, " ", string(said))
}
