package main

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/nginx"
	"github.com/rootspush/roots/internal/testenv"
)

// TestBalancer puts nginx before two nodes, with the upstream of the README, with
// stickiness and without. The client keeps its session and has every message.
func TestBalancer(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	sticky := regexp.MustCompile(`(?s)upstream roots \{.*?\n\}`).FindString(string(readme))
	fair := regexp.MustCompile(`(?m)^ *hash .*\n`).ReplaceAllString(sticky, "")
	if fair == sticky {
		t.Fatal("the README shows no upstream with stickiness")
	}
	a := start(t, asNode...)
	b := start(t, "--name", "b", "--nats", a.addresses["nats"])
	a.know(1)
	b.know(1)
	for name, upstream := range map[string]string{"sticky": sticky, "fair": fair} {
		t.Run(name, func(t *testing.T) {
			addr := testenv.FreeAddress(t)
			upstream := strings.NewReplacer("10.0.0.1:8008", a.host("firenze"), "10.0.0.2:8008", b.host("firenze")).Replace(upstream)
			nginx.Start(t, addr, upstream+"\nserver { listen "+addr+"; location /comet/ { proxy_pass http://roots; } }")
			ask := func(token string) answer {
				resp, err := http.Get("http://" + addr + "/comet/" + token)
				return decode(t, body(t, resp, err))
			}
			session := ask("")
			id := session.id()
			b.post("::connect", id+"->"+name)
			before := b.moves() + a.moves()
			for n := 0; n <= 20; {
				session = ask(session.ReconnectWith)
				for _, u := range session.Updates {
					if want := fmt.Sprint(n); n > 0 && u.Message != want || n == 0 && u.Message != "" {
						t.Fatalf("message %q came instead of number %d", u.Message, n)
					}
					n++
					a.post(name, fmt.Sprint(n))
				}
				if session.id() != id {
					t.Fatalf("session %s became %s", id, session.id())
				}
			}
			if moves := b.moves() + a.moves() - before; moves > 0 != (name == "fair") {
				t.Errorf("the session moved %d times", moves)
			}
		})
	}
}

// moves is how many sessions came to a node from others.
func (p *process) moves() (n int) {
	_, values := p.metrics()
	fmt.Sscan(values["roots_sessions_taken_up_total"], &n)
	return n
}
