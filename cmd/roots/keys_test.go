package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the server shows of itself, beside the files of its page: whatever is
// added to it belongs into one of these lists. ID is one of a session that goes
// on, and FIRENZE where browsers are served.
var (
	seenAtOnce = []string{
		"healthz", "metrics", "pomona.js", "graph?format=json", "graph?format=dot", "graph?format=mermaid",
		"explain?id=ID&path=my/data", "explain?id=ID&path=else", "explain?id=nobody&path=my/data", "ID", "nothing",
	}
	seenOnAndOn  = []string{"live", "live?paths=my/**", "tail", "tail?paths=**", "tail?paths=::register"}
	seenByOthers = [][]string{
		{"graph"}, {"graph", "--format", "json"}, {"explain", "ID", "my/data"}, {"explain", "ID", "else"},
		{"check", "--public", "FIRENZE", "--wait", "100ms"},
	}
)

// TestKeysAppearNowhere runs the server and has clients do all that they may and
// may not do, over each transport. Then it looks for the key of every session in
// every byte that the server wrote or showed to anybody but that client: logs,
// the recording, metrics, pages, pictures, what its commands print.
func TestKeysAppearNowhere(t *testing.T) {
	for _, kind := range []string{"frames", "json"} {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "recording")
			p := start(t, "--log", kind, "--log-level", "debug", "--two-way", "--hold", "200ms", "--record", file)
			s := &spy{process: p, seen: map[string]string{}}
			s.look()
			s.drive()
			s.fetch()
			p.terminate()
			if code := p.status(); code != 0 {
				t.Errorf("the exit status is %d", code)
			}
			for _, stop := range s.streams {
				stop()
			}
			s.seen["the log"] = p.stderr.String()
			for _, name := range must(filepath.Glob(file + "*")) {
				s.seen[name] = string(must(os.ReadFile(name)))
				s.print("replay", name)
			}
			s.check()
		})
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// A spy keeps what clients are told and what everybody else can see apart.
type spy struct {
	*process
	told    string            // to clients, keys and all
	seen    map[string]string // by where
	streams []func()          // wait until a stream ends, and keep what came
}

var reconnect = regexp.MustCompile(`([^/"\s]+)/([A-Z2-7]{26})-\d+`)

// anyToken finds tokens of sessions that the test does not know, as those that
// commands begin.
var anyToken = regexp.MustCompile(`/[A-Z2-7]{26}-\d+`)

// sessions returns what clients were told: the key of each id.
func (s *spy) sessions() map[string]string {
	all := map[string]string{}
	for _, m := range reconnect.FindAllStringSubmatch(s.told, -1) {
		all[m[1]] = m[2]
	}
	return all
}

// look follows what the server shows on and on.
func (s *spy) look() {
	for _, target := range seenOnAndOn {
		resp, err := http.Get(s.addresses["dudley"] + target)
		if err != nil {
			s.t.Fatal(err)
		}
		came := make(chan string)
		go func() {
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body) // the server may cut it when it goes down
			came <- string(text)
		}()
		s.streams = append(s.streams, func() { s.seen[target] = <-came })
	}
}

// fetch asks for all that the server shows now.
func (s *spy) fetch() {
	session := s.poll("")
	s.told += session.ReconnectWith + "\n"
	s.post("::connect", session.id()+"->my/data")
	targets := slices.Clone(seenAtOnce)
	for _, name := range pageFiles() {
		targets = append(targets, strings.TrimPrefix(name, "index.html"))
	}
	for _, target := range targets {
		target = strings.ReplaceAll(target, "ID", session.id())
		s.seen[target] = s.get(s.addresses["dudley"] + target)
	}
	for _, args := range seenByOthers {
		args = slices.Insert(slices.Clone(args), 1, "--url", strings.TrimSuffix(s.addresses["dudley"], "/"))
		for i := range args {
			args[i] = strings.NewReplacer("ID", session.id(), "FIRENZE", s.addresses["firenze"]).Replace(args[i])
		}
		s.print(args...)
	}
}

// print runs a command and keeps what it prints.
func (s *spy) print(args ...string) {
	out, _ := command(s.t, args...).CombinedOutput() // what is no is an exit status
	s.seen[fmt.Sprintf("roots %q", args)] = string(out)
}

// check looks for the keys.
func (s *spy) check() {
	sessions := s.sessions()
	if len(sessions) < 5 {
		s.t.Fatalf("there were only %d sessions:\n%s", len(sessions), s.told)
	}
	for id, key := range sessions {
		for _, where := range leaks(s.seen, key) {
			s.t.Errorf("the key of %s is in %s", id, where)
		}
		// The search finds what is there: each id is known to be logged and recorded.
		if places := leaks(s.seen, id); !slices.Contains(places, "the log") || !slices.ContainsFunc(places, filepath.IsAbs) {
			s.t.Errorf("id %s is only in %q", id, places)
		}
	}
	for where, text := range s.seen {
		if token := anyToken.FindString(text); token != "" {
			s.t.Errorf("%q, which looks like a token, is in %s", token, where)
		}
		if text == "" {
			s.t.Errorf("nothing was seen in %s", where)
		}
	}
	for _, says := range []string{"wrong key", "a session is over", "firenze refuses", "dudley refuses"} {
		if !strings.Contains(s.seen["the log"], says) {
			s.t.Errorf("the log does not say %q:\n%s", says, s.seen["the log"])
		}
	}
}

// leaks returns the places in which a key is, in whatever case.
func leaks(seen map[string]string, key string) (places []string) {
	for _, where := range slices.Sorted(maps.Keys(seen)) {
		if strings.Contains(strings.ToLower(seen[where]), strings.ToLower(key)) {
			places = append(places, where)
		}
	}
	return places
}

// TestLeaksAreFound in what a server writes, were it to write a key.
func TestLeaksAreFound(t *testing.T) {
	s := &spy{told: `{"updates":[],"reconnectWith":"dolores-1/` + strings.Repeat("K", 26) + `-0"}`}
	key := s.sessions()["dolores-1"]
	if key == "" {
		t.Fatal("the session is not found in what its client was told")
	}
	for text, leaks1 := range map[string]int{"": 0, "nothing": 0, `{"id":"dolores-1"}`: 0, `level=INFO key=` + key: 1, "…" + strings.ToLower(key) + "…": 1} {
		if got := leaks(map[string]string{"the log": text}, key); len(got) != leaks1 {
			t.Errorf("in %q the key is found in %q", text, got)
		}
	}
}
