package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rootspush/roots/thestral"
)

// A pollster is a client that keeps all that it got.
type pollster struct {
	*process
	id, token string
	got       []thestral.Update
	left      bool
}

func (p *process) pollster() *pollster {
	p.t.Helper()
	a := p.poll("")
	return &pollster{process: p, id: a.id(), token: a.ReconnectWith}
}

// fetch polls until the last message is this one.
func (c *pollster) fetch(last string) {
	c.t.Helper()
	for len(c.got) == 0 || c.got[len(c.got)-1].Message != last {
		a := c.poll(c.token)
		if a.id() != c.id {
			c.t.Fatalf("the session of %s is lost", c.id)
		}
		c.got, c.token = append(c.got, a.Updates...), a.ReconnectWith
	}
}

func (c *pollster) leave() {
	c.t.Helper()
	r, _ := http.NewRequest("DELETE", c.addresses["firenze"]+c.token, nil)
	resp, err := http.DefaultClient.Do(r)
	body(c.t, resp, err)
	c.left = true
}

// tell hands control messages and updates to Dudley, one after the other.
func (p *process) tell(updates ...thestral.Update) {
	p.t.Helper()
	text, _ := json.Marshal(updates)
	if got := p.post("", string(text)); got != `{"success":true}` {
		p.t.Fatalf("dudley answers %s", got)
	}
}

// replayed runs roots replay over all files of a recording, and returns what each
// id was told.
func replayed(t *testing.T, path string) map[string][]thestral.Update {
	t.Helper()
	names, err := filepath.Glob(path + ".*")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(names, func(a, b string) int { return -cmp.Or(len(a)-len(b), strings.Compare(a, b)) }) // the oldest first
	c := command(t, append(append([]string{"replay", "--json"}, names...), path)...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	told := map[string][]thestral.Update{}
	for lines := json.NewDecoder(out); ; {
		var d delivery
		if err := lines.Decode(&d); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		told[d.ID] = append(told[d.ID], d.Update)
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	return told
}

var (
	oddMessages = []string{"", "plain", "two\nlines", `back\slash\n`, "a;b; c", " blank", "\x00\x1b[31m", "größe 🦉", "<b>", strings.Repeat("long ", 1000)}
	oddPaths    = []string{"a", "a/b", "a/b/c", "x;y", `c\d`, "größe", "a//b", " ", "*", "a->b"}
	somePattern = []string{"a/*", "a/**", "**", "*/b", "*"}
)

// TestReplayIsWhatClientsGot: of a random run of many clients, over several files,
// each id is told the same again, byte for byte and in order.
func TestReplayIsWhatClientsGot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recording")
	p := start(t, "--log", "off", "--record", path, "--record-size", "20KB", "--record-keep", "1000")
	random := rand.New(rand.NewPCG(1, 2))
	any := func(of []string) string { return of[random.IntN(len(of))] }
	var clients []*pollster
	fetch := func(c *pollster, mark string) {
		p.tell(thestral.Update{Path: thestral.Connect, Message: c.id + "->mark"}, thestral.Update{Path: "mark", Message: mark})
		c.fetch(mark)
	}
	for step := range 1500 {
		if step%100 == 99 { // who is away for too long is gone
			for n, c := range clients {
				if !c.left {
					fetch(c, fmt.Sprint("fetch ", step, " by ", n))
				}
			}
		}
		if len(clients) == 0 || random.IntN(50) == 0 {
			clients = append(clients, p.pollster())
		}
		c := clients[random.IntN(len(clients))]
		switch n := random.IntN(100); {
		case n < 10:
			p.tell(thestral.Update{Path: thestral.Connect, Message: c.id + "->" + any(oddPaths)})
		case n < 14:
			p.tell(thestral.Update{Path: thestral.Match, Message: c.id + "->" + any(somePattern)})
		case n < 18:
			p.tell(thestral.Update{Path: thestral.Disconnect, Message: c.id + "->" + any(oddPaths)})
		case n < 20:
			p.tell(thestral.Update{Path: thestral.Unmatch, Message: c.id + "->" + any(somePattern)})
		case n == 20 && !c.left:
			c.leave()
		case n < 30 && !c.left:
			fetch(c, fmt.Sprint("fetch ", step))
		default:
			p.tell(thestral.Update{Path: any(oddPaths), Message: any(oddMessages)})
		}
	}
	for _, c := range clients {
		if !c.left {
			p.tell(thestral.Update{Path: thestral.Connect, Message: c.id + "->end"})
		}
	}
	p.tell(thestral.Update{Path: "end", Message: "the end"})
	for _, c := range clients {
		if !c.left {
			c.fetch("the end")
		}
	}
	p.terminate()
	p.status()
	if strings.Contains(p.stderr.String(), "lacks") {
		t.Errorf("the server said %s", p.stderr)
	}

	told, messages := replayed(t, path), 0
	if names, _ := filepath.Glob(path + "*"); len(names) < 3 {
		t.Errorf("the recording has the files %q, which are too few to test anything", names)
	}
	for _, c := range clients {
		want := told[c.id]
		if c.left {
			want = want[:min(len(c.got), len(want))] // it did not stay to fetch all
		}
		if diff := gocmp.Diff(want, c.got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s got something else than is replayed (- replayed, + got):\n%s", c.id, diff)
		}
		messages += len(c.got)
	}
	if messages < 1000 {
		t.Errorf("only %d messages were got, which are too few to test anything", messages)
	}
}

// TestReplayOfManySenders: who said what at the same moment comes in the order in
// which each said it.
func TestReplayOfManySenders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recording")
	p := start(t, "--log", "off", "--record", path)
	var clients []*pollster
	for range 4 {
		c := p.pollster()
		p.tell(thestral.Update{Path: thestral.Match, Message: c.id + "->say/*"})
		clients = append(clients, c)
	}
	const senders, each = 4, 200
	var saying sync.WaitGroup
	for n := range senders {
		saying.Go(func() {
			for i := range each {
				p.post(fmt.Sprint("say/", n), fmt.Sprint(i))
			}
		})
	}
	saying.Wait()
	p.tell(thestral.Update{Path: "say/end", Message: "the end"})
	for _, c := range clients {
		c.fetch("the end")
	}
	p.terminate()
	p.status()
	byPath := func(all []thestral.Update) map[string][]string {
		parts := map[string][]string{}
		for _, u := range all {
			parts[u.Path] = append(parts[u.Path], u.Message)
		}
		return parts
	}
	told := replayed(t, path)
	for _, c := range clients {
		if len(c.got) != senders*each+2 {
			t.Errorf("%d messages came", len(c.got))
		}
		if diff := gocmp.Diff(byPath(told[c.id]), byPath(c.got)); diff != "" {
			t.Errorf("%s got something else than is replayed (- replayed, + got):\n%s", c.id, diff)
		}
	}
}
