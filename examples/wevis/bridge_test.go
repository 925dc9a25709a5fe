package wevis_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/thestral"
)

// A site is a bridge on a port.
type site struct {
	t      *testing.T
	server *wevis.Server
	bridge *wevis.Bridge
	*httptest.Server
}

func newSite(t *testing.T, server *wevis.Server) *site {
	t.Helper()
	bridge, err := wevis.NewBridge(server)
	s := &site{t, server, must(t, bridge, err), httptest.NewServer(bridge)}
	t.Cleanup(func() { bridge.Close(); s.Close() })
	return s
}

// do makes a request of a page and returns the answer.
func (s *site) do(method, path, body string, change func(*http.Request)) (status int, text string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	must(s.t, r, err).Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(clock.User, clock.Password)
	if change != nil {
		change(r)
	}
	answer, err := s.Client().Do(r)
	defer must(s.t, answer, err).Body.Close()
	got, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(must(s.t, got, err))
}

// A browser polls.
type browser struct {
	*site
	where string
}

func (s *site) browser() *browser {
	b := &browser{site: s}
	b.poll()
	return b
}

func (b *browser) id() string { id, _, _ := strings.Cut(b.where, "/"); return id }

// poll returns what there is to say.
func (b *browser) poll() []thestral.Update {
	b.t.Helper()
	var answer struct {
		Updates       []thestral.Update
		ReconnectWith string
	}
	_, text := b.do("GET", "/comet/"+b.where, "", nil)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		b.t.Fatal(text, err)
	}
	b.where = answer.ReconnectWith
	return answer.Updates
}

// wants polls until so many updates have come.
func (b *browser) wants(want ...thestral.Update) {
	b.t.Helper()
	var got []thestral.Update
	for len(got) < len(want) {
		got = append(got, b.poll()...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Error(diff)
	}
}

func (b *browser) says(body string) {
	b.t.Helper()
	if status, text := b.do("POST", "/comet/"+b.where, body, nil); status != 200 {
		b.t.Fatal(status, text)
	}
}

func (b *browser) enter(change func(*http.Request)) (int, string) {
	b.t.Helper()
	return b.do("POST", "/enter/"+b.id(), `["ItIs","YouAre"]`, change)
}

// TestBrowser: a browser is in the room as others are.
func TestBrowser(t *testing.T) {
	server := clock.NewServer()
	exits := make(chan string, 10)
	server.Room.UserExit = func(who *wevis.User) { exits <- who.Name }
	s := newSite(t, server)
	b := s.browser()
	b.says(`[{"path":"WhoAmI","message":"{}"}]`) // it is not in the room, so nobody hears
	if status, text := b.enter(nil); status != 200 {
		t.Fatal(status, text)
	}
	b.wants(thestral.Update{Path: "ItIs"}, thestral.Update{Path: "YouAre"}, thestral.Update{Path: "ServerReady", Message: "{}"})
	b.says(`[{"path":"WhoAmI","message":"nonsense"},{"path":"ItIs","message":"{}"},{"path":"Nonsense","message":"{}"},{"path":"WhoAmI","message":"{}"}]`)
	b.wants(thestral.Update{Path: "YouAre", Message: `{"name":"michael"}`})
	refused(t, "send", server.Room.Send(clock.ItIs{Hours: 13, Minutes: 5}), "")
	b.wants(thestral.Update{Path: "ItIs", Message: `{"hours":13,"minutes":5}`})
	if status, _ := b.enter(nil); status != 200 {
		t.Error("to ask for more paths is refused")
	}
	b.wants(thestral.Update{Path: "ItIs"}, thestral.Update{Path: "YouAre"})

	second := s.browser()
	if status, text := second.enter(nil); status != 403 || text != "Maximum number of connections per user reached.\n" {
		t.Errorf("the same user again: %d %s", status, text)
	}
	b.do("DELETE", "/comet/"+b.where, "", nil)
	if who := <-exits; who != "michael" {
		t.Errorf("%q left", who)
	}
	if status, text := second.enter(nil); status != 200 {
		t.Errorf("after the first has left: %d %s", status, text)
	}
	server.Room.Members()[0].Close("enough")
	<-exits
	second.says(`[{"path":"WhoAmI","message":"{}"}]`)
	if dropped := server.Room.Next()[0].(interface{ Dropped() uint64 }).Dropped(); dropped != 4 {
		t.Errorf("the door dropped %d updates, want 4", dropped)
	}
}

// TestBrowserAndClient: they are in one room.
func TestBrowserAndClient(t *testing.T) {
	server := clock.NewServer()
	server.PerUser = 2
	answer := server.Room.Handle
	server.Room.Handle = func(from *wevis.Member, m *wevis.Message) {
		answer(from, m)
		if err := server.Room.Send(clock.YouAre{Name: "all"}); err != nil {
			t.Error(err)
		}
	}
	p, _ := serve(t, server)
	c := start(t, newClient(""), p.Dial())
	_, err := c.Receive(t.Context(), "ServerReady") // so it is in the room
	refused(t, "ServerReady", err, "")
	b := newSite(t, server).browser()
	b.enter(nil)
	b.wants(thestral.Update{Path: "ItIs"}, thestral.Update{Path: "YouAre"}, thestral.Update{Path: "ServerReady", Message: "{}"})
	b.says(`[{"path":"WhoAmI","message":"{}"}]`)
	all := thestral.Update{Path: "YouAre", Message: `{"name":"all"}`}
	b.wants(thestral.Update{Path: "YouAre", Message: `{"name":"michael"}`}, all)
	refused(t, "queue", c.Queue(clock.WhoAmI{}), "")
	b.wants(all)
	for _, want := range []string{`YouAre {"name":"all"}`, `YouAre {"name":"michael"}`, `YouAre {"name":"all"}`} {
		m, err := c.Receive(t.Context())
		if got := must(t, m, err).String(); got != want {
			t.Errorf("the client got %s, want %s", got, want)
		}
	}
}

func TestEnterRefuses(t *testing.T) {
	server := clock.NewServer()
	validate := server.Validator
	server.Validator = func(ctx context.Context, l wevis.Login) (*wevis.User, error) {
		if l.User == "ann" && l.Matches("x") && l.Version == wevis.BrowserVersion {
			return &wevis.User{Name: "ann"}, nil
		}
		return validate(ctx, l)
	}
	s := newSite(t, server)
	b := s.browser()
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, test := range []struct {
		name, id, body string
		change         func(*http.Request)
		status         int
		text           string
	}{
		{"wrong password", b.id(), `[]`, func(r *http.Request) { r.SetBasicAuth(clock.User, "x") }, 403, "Invalid credentials."},
		{"no password", b.id(), `[]`, func(r *http.Request) { r.Header.Del("Authorization") }, 403, "Invalid credentials."},
		{"no session", "nobody", `[]`, nil, 403, "There is no such session."},
		{"a form", b.id(), `[]`, header("Content-Type", "text/plain"), 415, "application/json"},
		{"another site", b.id(), `[]`, header("Origin", "https://example.org"), 403, "cross-origin"},
		{"no JSON", b.id(), `x`, nil, 400, "the body must be a JSON array"},
		{"long", b.id(), `["` + strings.Repeat("x", 16<<10) + `"]`, nil, 400, "at most 16384 bytes"},
		{"no message", b.id(), `["ItIs","::gone"]`, nil, 400, `message "::gone" is not defined`},
		{"good", b.id(), `[]`, nil, 200, ""},
		{"another user", b.id(), `[]`, func(r *http.Request) { r.SetBasicAuth("ann", "x") }, 403, "as another user"},
	} {
		status, text := s.do("POST", "/enter/"+test.id, test.body, test.change)
		if status != test.status || !strings.Contains(text, test.text) {
			t.Errorf("%s: %d %s, want %d %s", test.name, status, text, test.status, test.text)
		}
	}
	if len(server.Room.Members()) != 1 {
		t.Error("the members are wrong")
	}
}
