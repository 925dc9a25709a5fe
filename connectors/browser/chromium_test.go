package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// A site is a page, its back-end and Firenze, behind a proxy that may do harm.
type site struct {
	controller *dolores.Dolores
	pig        *pig.Pig
	firenze    *firenze.Firenze
	incoming   thestraltest.Recorder
	address    string
}

// newSite serves until the test ends. The proxy is made of what would be served.
func newSite(t *testing.T, proxy func(http.Handler) http.Handler) *site {
	s := &site{controller: new(dolores.Dolores)}
	s.pig = pig.New(s.controller, pig.Options{})
	s.controller.Delegate(s.pig)
	f := firenze.New(s.controller, firenze.Options{Incoming: &s.incoming})
	s.firenze = f
	mux := http.NewServeMux()
	mux.Handle("/comet/", http.StripPrefix("/comet", f))
	mux.HandleFunc("POST /connect/{id}", s.connect)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<!DOCTYPE html><link rel=icon href=data:,>")
	})
	mux.HandleFunc("GET /worker.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, workerScript)
	})
	origin := httptest.NewServer(mux)
	target, err := url.Parse(origin.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(proxy(httputil.NewSingleHostReverseProxy(target)))
	s.address = front.URL
	t.Cleanup(func() {
		f.Close()
		front.CloseClientConnections()
		front.Close()
		origin.CloseClientConnections()
		origin.Close()
	})
	return s
}

func (s *site) connect(w http.ResponseWriter, r *http.Request) {
	var paths []string
	if err := json.NewDecoder(r.Body).Decode(&paths); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, path := range paths {
		s.controller.Update(nil, thestral.Connect, thestral.JoinConnection(r.PathValue("id"), path))
	}
}

// open opens a page that listens to path "a", with the options of its Pomona.
func (s *site) open(t *testing.T, browser context.Context, options string) (window context.Context) {
	t.Helper()
	window = chromium.Open(t, browser, s.address)
	listenIn(t, window, options)
	return window
}

func listenIn(t *testing.T, window context.Context, options string) {
	t.Helper()
	chromium.Eval[bool](t, window, fmt.Sprintf(`import("/comet/pomona.js").then(({ Pomona }) => {
		window.heard = [];
		window.told = [];
		window.pomona = new Pomona({ connectUrl: "/connect/{id}", ...%s });
		for (const type of ["ready", "lost", "unreachable", "reachable"]) pomona.addEventListener(type, () => told.push(type));
		pomona.connect("a", (message) => heard.push(message));
		return true;
	})`, options))
	chromium.WaitFor(t, window, `told.includes("ready")`)
}

// publish sends messages of consecutive numbers from first on.
func (s *site) publish(first, count int) {
	for i := range count {
		s.controller.Update(nil, "a", strconv.Itoa(first+i))
	}
}

func wantHeard(t *testing.T, window context.Context, count int) {
	t.Helper()
	var want []string
	for i := range count {
		want = append(want, strconv.Itoa(1+i))
	}
	chromium.WaitFor(t, window, fmt.Sprintf(`heard.length >= %d`, count))
	if diff := cmp.Diff(want, chromium.Eval[[]string](t, window, `heard`)); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

// wantUpdates lets the page send updates and looks whether they came, once and in order.
func (s *site) wantUpdates(t *testing.T, window context.Context) {
	t.Helper()
	taken := chromium.Eval[int](t, window, `(async () => {
		const all = [1, 2, 3, 4, 5].map((n) => pomona.update("up", "from the page " + n));
		await all[0];
		all.push(pomona.update("up", "from the page 6"));
		return (await Promise.all(all)).length;
	})()`)
	var want []string
	for i := range taken {
		want = append(want, fmt.Sprint("from the page ", 1+i))
	}
	if diff := cmp.Diff(want, s.incoming.Messages("up")); diff != "" || taken != 6 {
		t.Errorf("%d were taken, of which came (-want +got):\n%s", taken, diff)
	}
	refusal := chromium.Eval[string](t, window, `fetch("/comet/" + "nobody/KEY-0?number=1", { method: "POST", body: "[]" }).then((r) => r.json()).then(({ error }) => error)`)
	if !strings.Contains(refusal, "session") {
		t.Errorf("a post of nobody is answered %q", refusal)
	}
}

func direct(h http.Handler) http.Handler { return h }

// noUpgrade is a proxy that knows no WebSocket.
func noUpgrade(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// buffers is a proxy that knows no WebSocket either, and hands an answer on only
// when it is whole.
func buffers(h http.Handler) http.Handler {
	return noUpgrade(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		whole := httptest.NewRecorder()
		h.ServeHTTP(whole, r)
		for key, values := range whole.Header() {
			w.Header()[key] = values
		}
		w.WriteHeader(whole.Code)
		_, _ = io.Copy(w, bytes.NewReader(whole.Body.Bytes()))
	}))
}

// TestTransports: in a real browser with the real server, the best transport
// that gets through is used, and carries messages both ways.
func TestTransports(t *testing.T) {
	browser := chromium.Start(t)
	for _, c := range []struct {
		name    string
		proxy   func(http.Handler) http.Handler
		options string
		want    string
	}{
		{"all may be used", direct, `{}`, "websocket"},
		{"events alone", direct, `{ transports: ["sse"] }`, "sse"},
		{"polls alone", direct, `{ transports: ["poll"] }`, "poll"},
		{"a proxy without WebSocket", noUpgrade, `{}`, "sse"},
		{"a proxy that buffers", buffers, `{}`, "poll"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, c.proxy)
			window := s.open(t, browser, c.options)
			if got := chromium.Eval[string](t, window, `pomona.transport`); got != c.want {
				t.Errorf("it is %q instead of %q", got, c.want)
			}
			s.publish(1, 200)
			wantHeard(t, window, 200)
			s.publish(201, 3)
			wantHeard(t, window, 203)
			s.wantUpdates(t, window)
			if told := chromium.Eval[[]string](t, window, `told`); !slices.Equal(told, []string{"ready"}) {
				t.Errorf("the page was told %q", told)
			}
		})
	}
}

// A gate is a proxy that may cut all connections, and refuse new ones.
type gate struct {
	mu   sync.Mutex // guards all below
	open context.Context
	shut context.CancelFunc // of what goes through
}

func newGate() *gate {
	g := new(gate)
	g.restore()
	return g
}

func (g *gate) restore() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open, g.shut = context.WithCancel(context.Background())
}

func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut()
}

func (g *gate) before(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		open := g.open
		g.mu.Unlock()
		if open.Err() != nil {
			http.Error(w, "out of order", http.StatusBadGateway)
			return
		}
		ctx, end := context.WithCancel(r.Context())
		defer end()
		defer context.AfterFunc(open, end)()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// TestOutage: every connection is cut amid messages, and nothing gets through for
// a while. The page is told, and then has every message once.
func TestOutage(t *testing.T) {
	browser := chromium.Start(t)
	for _, transport := range []string{"websocket", "sse", "poll"} {
		t.Run(transport, func(t *testing.T) {
			g := newGate()
			s := newSite(t, g.before)
			window := s.open(t, browser, fmt.Sprintf(`{ transports: [%q] }`, transport))
			for round := range 3 {
				s.publish(1+60*round, 20)
				g.cut()
				s.publish(21+60*round, 20)
				chromium.WaitFor(t, window, `told.at(-1) === "unreachable"`)
				g.restore()
				s.publish(41+60*round, 20)
				wantHeard(t, window, 60*(round+1))
				chromium.WaitFor(t, window, `told.at(-1) === "reachable"`)
			}
			if told := chromium.Eval[string](t, window, `told.join()`); told != "ready"+strings.Repeat(",unreachable,reachable", 3) {
				t.Errorf("the page was told %q", told)
			}
		})
	}
}
