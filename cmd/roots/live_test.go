package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestSamplerKeepsTheFirst(t *testing.T) {
	for _, passed := range []int{0, sampleSize, sampleSize + 1, 1000} {
		s := new(sampler)
		for i := range passed {
			s.Update(nil, "a", fmt.Sprint(i))
		}
		got := s.take()
		if got.Passed != passed || len(got.Updates) != min(passed, sampleSize) {
			t.Errorf("of %d it keeps %d, and says %d", passed, len(got.Updates), got.Passed)
		}
		for i, u := range got.Updates {
			if u.Message != fmt.Sprint(i) {
				t.Errorf("number %d is %q", i, u.Message)
			}
		}
		if again := s.take(); again.Passed != 0 || again.Updates != nil {
			t.Errorf("the next window begins with %+v", again)
		}
	}
}

func TestSamplerCutsLongMessages(t *testing.T) {
	for message, want := range map[string]int{
		"":                             0,
		strings.Repeat("a", 200):       200,
		strings.Repeat("a", 201):       200,
		strings.Repeat("ä", 100):       200,
		strings.Repeat("a", 199) + "ä": 199,
		strings.Repeat("a", 197) + "🦉": 197,
		strings.Repeat("🦉", 51):        200,
	} {
		s := new(sampler)
		s.Update(nil, "a", message)
		u := s.take().Updates[0]
		if len(u.Message) != want || !strings.HasPrefix(message, u.Message) || u.Bytes != len(message) {
			t.Errorf("of %q is shown %q, of %d bytes", message, u.Message, u.Bytes)
		}
	}
}

func TestSamplerKeepsTheRules(t *testing.T) {
	thestraltest.Run(t, thestraltest.Suite{Leaf: true, New: func(...thestral.Thestral) thestral.Thestral { return new(sampler) }})
}

// An onlooker reads the stream of what is live.
type onlooker struct {
	*process
	lines *bufio.Scanner
	all   strings.Builder
}

func (p *process) look(query string) *onlooker {
	p.t.Helper()
	resp := p.see("live"+query, func(*http.Request) {})
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		p.t.Fatalf("GET /live is answered %d with %q", resp.StatusCode, kind)
	}
	l := &onlooker{process: p, lines: bufio.NewScanner(resp.Body)}
	l.lines.Buffer(nil, 1<<20)
	return l
}

// next reads the data of the next event of a kind.
func (l *onlooker) next(event string, data any) {
	l.t.Helper()
	for l.lines.Scan() {
		l.all.WriteString(l.lines.Text())
		if l.lines.Text() != "event: "+event {
			continue
		}
		l.lines.Scan()
		l.all.WriteString(l.lines.Text())
		if err := json.Unmarshal([]byte(strings.TrimPrefix(l.lines.Text(), "data: ")), data); err != nil {
			l.t.Fatal(err)
		}
		return
	}
	l.t.Fatalf("the stream ended without %q: %v", event, l.lines.Err())
}

// samples reads until so many updates passed, and returns those that are shown.
func (l *onlooker) samples(passed int) (shown []passing) {
	l.t.Helper()
	for sum := 0; sum < passed; {
		var s sample
		l.next("updates", &s)
		if len(s.Updates) > sampleSize || s.Passed < len(s.Updates) {
			l.t.Fatalf("in one window are %d updates of %d", len(s.Updates), s.Passed)
		}
		sum += s.Passed
		shown = append(shown, s.Updates...)
	}
	return shown
}

func TestLiveShowsWhatPasses(t *testing.T) {
	p := start(t, "--log", "off")
	all, some, control := p.look(""), p.look("?paths=shop/*"), p.look("?paths=::connect")
	for _, l := range []*onlooker{all, some, control} {
		l.next("picture", new(picture)) // from here on it hears
	}
	id := p.poll("").id()
	p.post("::connect", id+"->shop/tea")
	p.post("shop/tea", "1")
	p.post("news", "2")
	for _, c := range []struct {
		look *onlooker
		want []passing
	}{
		{all, []passing{{"::register", id, len(id)}, {"::connect", id + "->shop/tea", len(id) + 10}, {"shop/tea", "1", 1}, {"news", "2", 1}}},
		{some, []passing{{"shop/tea", "1", 1}}},
		{control, []passing{{"::connect", id + "->shop/tea", len(id) + 10}}},
	} {
		if diff := cmp.Diff(c.want, c.look.samples(len(c.want))); diff != "" {
			t.Errorf("updates (-want +got):\n%s", diff)
		}
	}
	var now picture
	for now.Connections == 0 {
		all.next("picture", &now)
	}
	if now.Sessions != 1 || now.Paths != 2 || now.Transports["none"] != 1 || now.Queues != (queues{Under: 1}) {
		t.Errorf("the picture says %+v", now)
	}
}

// TestLiveSamples: many updates are counted, and few shown.
func TestLiveSamples(t *testing.T) {
	p := start(t, "--log", "off")
	l := p.look("")
	l.next("picture", new(picture))
	began := time.Now()
	p.post("", "["+strings.Repeat(`{"path":"a","message":"b"},`, 999)+`{"path":"a","message":"b"}]`)
	shown := l.samples(1000)
	if windows := 2 + int(time.Since(began)/sampleTime); len(shown) > windows*sampleSize {
		t.Errorf("%d of 1000 updates are shown in %d windows", len(shown), windows)
	}
}

// TestLiveLasts longer than a request may take to arrive.
func TestLiveLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(dolores.Dolores)
		s := &server{dolores: d, pig: pig.New(d, pig.Options{})}
		pipes := testenv.NewPipes()
		web := &http.Server{Handler: newLive(s), ReadTimeout: sampleTime / 2}
		go web.Serve(pipes)
		defer web.Close()
		resp, err := (&http.Client{Transport: &http.Transport{DialContext: pipes.DialContext}}).Get("http://localhost/live")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		l := &onlooker{process: &process{t: t}, lines: bufio.NewScanner(resp.Body)}
		l.next("picture", new(picture))
		for range 5 { // each is in another window
			d.Update(nil, "a", "b")
			l.samples(1)
		}
	})
}

// TestLiveHasSeats for so many, and no more.
func TestLiveHasSeats(t *testing.T) {
	p := start(t, "--log", "off")
	var last *http.Response
	for range viewers {
		last = p.see("live", func(*http.Request) {})
	}
	full := p.see("live", func(*http.Request) {})
	if text, _ := io.ReadAll(full.Body); full.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), "16 pages") {
		t.Errorf("one more is answered %d %s", full.StatusCode, text)
	}
	last.Body.Close()
	testenv.Eventually(t, "a seat", func() bool { // the server sees it go within a window
		resp := p.see("live", func(*http.Request) {})
		if resp.StatusCode != http.StatusOK {
			resp.Body.Close()
		}
		return resp.StatusCode == http.StatusOK
	})
}

// TestLiveEndsWithTheServer, which is not held up.
func TestLiveEndsWithTheServer(t *testing.T) {
	p := start(t, "--log", "off")
	l := p.look("")
	l.next("picture", new(picture))
	p.terminate()
	for l.lines.Scan() {
	}
	if l.lines.Err() != nil {
		t.Errorf("the stream ended with %v", l.lines.Err())
	}
	if code := p.status(); code != 0 || p.stderr.String() != "" {
		t.Errorf("the exit status is %d, and it said %s", code, p.stderr)
	}
}

// TestNothingShowsKeys: neither the key of a session nor the token of the server.
func TestNothingShowsKeys(t *testing.T) {
	p := start(t, "--log", "off")
	l := p.look("")
	l.next("picture", new(picture))
	var keys []string
	for range 5 {
		a := p.poll("")
		p.post("::connect", a.id()+"->a")
		_, token, _ := strings.Cut(a.ReconnectWith, "/")
		key, _, _ := strings.Cut(token, "-")
		keys = append(keys, key)
	}
	p.post("a", "b")
	l.samples(11)
	for now := (picture{}); now.Connections < 5; {
		l.next("picture", &now)
	}
	shown := l.all.String()
	for _, show := range []string{"graph", "graph?format=dot", "graph?format=mermaid", "", "page.js"} {
		shown += p.get(p.addresses["dudley"] + show)
	}
	for _, key := range keys {
		if len(key) < 20 || strings.Contains(shown, key) {
			t.Errorf("the key %q is shown", key)
		}
	}
}
