package main

import (
	"bufio"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
)

// A stuck writer of answers takes nothing until it is let go.
type stuck struct {
	*httptest.ResponseRecorder
	let chan struct{}
}

func (s *stuck) Write(b []byte) (int, error) {
	<-s.let
	return s.ResponseRecorder.Write(b)
}

// TestTailDropsAloud: what a reader that is stuck misses stands where it is
// missing, and the queue is bounded.
func TestTailDropsAloud(t *testing.T) {
	for _, test := range []struct{ more, dropped int }{{tailLimit, 0}, {tailLimit + 1, 1}, {tailLimit + 500, 500}} {
		synctest.Test(t, func(t *testing.T) {
			l := newLive(&server{dolores: new(dolores.Dolores), pig: pig.New(nil, pig.Options{})})
			w := &stuck{httptest.NewRecorder(), make(chan struct{})}
			go l.serveTail(w, httptest.NewRequest("GET", "/tail?paths=a/*", nil))
			synctest.Wait()
			say := func(path string, i int) { l.server.pig.Update(nil, path, fmt.Sprint(i)) }
			say("a/b", 0)
			synctest.Wait() // it is stuck with this one
			var want strings.Builder
			fmt.Fprintln(&want, `{"path":"a/b","message":"0"}`)
			for i := range test.more {
				say("a/b", i+1)
				say("b", i)
				if i < tailLimit {
					fmt.Fprintf(&want, `{"path":"a/b","message":"%d"}`+"\n", i+1)
				}
			}
			if test.dropped > 0 {
				fmt.Fprintf(&want, `{"dropped":%d}`+"\n", test.dropped)
			}
			close(w.let)
			synctest.Wait()
			say("a/c", 9999)
			fmt.Fprintln(&want, `{"path":"a/c","message":"9999"}`)
			synctest.Wait()
			l.end()
			synctest.Wait()
			if w.Body.String() != want.String() {
				t.Errorf("of %d more it is told %d bytes, want %d; it ends with %q", test.more, w.Body.Len(), want.Len(), w.Body.String()[max(0, w.Body.Len()-200):])
			}
			if left := l.server.pig.Stats().Local; left != 0 {
				t.Errorf("%d receivers stay behind", left)
			}
		})
	}
}

// A tailing is roots tail as it runs.
type tailing struct {
	*exec.Cmd
	lines *bufio.Scanner
	said  *buffer
}

// tailing runs roots tail, and waits until it hears.
func (p *process) tailing(args ...string) *tailing {
	p.t.Helper()
	c := &tailing{Cmd: command(p.t, append([]string{"tail", "--url", p.addresses["dudley"]}, args...)...), said: new(buffer)}
	out, err := c.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	c.lines, c.Stderr = bufio.NewScanner(out), c.said
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	heard := make(chan struct{})
	go func() { c.lines.Scan(); close(heard) }()
	for {
		select {
		case <-heard:
			return c
		default:
			p.post("tail/ready", "")
		}
	}
}

func (c *tailing) want(t *testing.T, lines ...string) {
	t.Helper()
	for _, want := range lines {
		more := c.lines.Scan()
		for more && strings.Contains(c.lines.Text(), "tail/ready") {
			more = c.lines.Scan() // of another that begins
		}
		if c.lines.Text() != want {
			t.Errorf("the tail shows %q, want %q; it says %s", c.lines.Text(), want, c.said)
		}
	}
}

func TestTail(t *testing.T) {
	p := start(t)
	text, lines, connects := p.tailing("tail/**"), p.tailing("--json", "tail/**"), p.tailing("")
	p.post("tail/a;b", "one\ntwo")
	p.post("other", "not for all")
	p.post("tail/b/c", `<{"x":1}>`)
	p.post("::disconnect", "nobody->x")
	text.want(t, `tail/a\;b; one\ntwo`, `tail/b/c; <{"x":1}>`)
	lines.want(t, `{"path":"tail/a;b","message":"one\ntwo"}`, `{"path":"tail/b/c","message":"<{\"x\":1}>"}`)
	connects.want(t, `tail/a\;b; one\ntwo`, `other; not for all`, `tail/b/c; <{"x":1}>`, `::disconnect; nobody->x`)

	text.Process.Signal(os.Interrupt)
	if err := text.Wait(); err != nil {
		t.Errorf("a tail that is interrupted ends with %v: %s", err, text.said)
	}
	p.terminate()
	if lines.Wait(); lines.ProcessState.ExitCode() != 1 || !strings.Contains(lines.said.String(), "the server ended it") {
		t.Errorf("a tail whose server ends says %s", lines.said)
	}
	if code := p.status(); code != 0 {
		t.Errorf("the server with a tail ends with %d: %s", code, p.stderr)
	}
}

// TestTailIsGuarded: who has no token, or comes from a page elsewhere, hears nothing.
func TestTailIsGuarded(t *testing.T) {
	p := start(t, "--token", "sesame")
	for _, token := range []string{"", "wrong"} {
		c := command(t, "tail", "a", "--url", p.addresses["dudley"], "--token", token)
		if out, _ := c.CombinedOutput(); c.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "401") {
			t.Errorf("with the token %q a tail ends with %d and says %s", token, c.ProcessState.ExitCode(), out)
		}
	}
}
