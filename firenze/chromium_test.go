package firenze_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/chromium"
)

// rawPage hears three sessions with nothing but what a browser has.
const rawPage = `<!doctype html><link rel=icon href="data:,"><script>
const heard = { poll: [], events: [], socket: [] }
const sessions = {}
const pause = () => new Promise((done) => setTimeout(done, 50))

async function poll() {
	for (;;) {
		try {
			const answer = await (await fetch("/comet/" + (sessions.poll ?? ""))).json()
			sessions.poll = answer.reconnectWith
			heard.poll.push(...answer.updates.map(({ message }) => message))
		} catch {
			await pause()
		}
	}
}

function events() {
	const source = new EventSource("/comet/")
	source.addEventListener("session", ({ data }) => { sessions.events = JSON.parse(data).reconnectWith })
	source.onmessage = ({ data }) => heard.events.push(JSON.parse(data).message)
}

async function socket() {
	for (;;) {
		const one = new WebSocket("ws://" + location.host + "/comet/" + (sessions.socket ?? ""))
		one.onmessage = ({ data }) => {
			const answer = JSON.parse(data)
			sessions.socket = answer.reconnectWith
			heard.socket.push(...answer.updates.map(({ message }) => message))
			if (heard.socket.length % 3 === 0) one.send(JSON.stringify({ confirm: sessions.socket }))
		}
		await new Promise((closed) => { one.onclose = closed })
		await pause()
	}
}

poll()
events()
socket()
</script>`

// TestChromium: what a browser can do by itself is enough to hear everything once
// and in order, while its connections are cut again and again.
func TestChromium(t *testing.T) {
	browser := chromium.Start(t)
	var resumed atomic.Int64
	s := newSite(t, firenze.Options{RepeatsSkipMiddleware: true}, func(next http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, rawPage) })
		mux.HandleFunc("GET /comet/", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Last-Event-ID") != "" {
				resumed.Add(1)
			}
			http.StripPrefix("/comet", next).ServeHTTP(w, r)
		})
		return mux
	})
	scissors := newScissors(t, s.addr)
	window := chromium.Open(t, browser, "http://"+scissors.addr())
	chromium.WaitFor(t, window, `sessions.poll && sessions.events && sessions.socket`)
	sessions := chromium.Eval[map[string]string](t, window, `sessions`)

	const rounds, each = 4, 25
	var want []string
	for range rounds {
		for range each {
			text := strconv.Itoa(len(want))
			for _, session := range sessions {
				s.tell(session, text)
			}
			want = append(want, text)
		}
		scissors.cut() // some of it is on its way, some is not
		s.tell(sessions["poll"], "after")
		s.tell(sessions["events"], "after")
		s.tell(sessions["socket"], "after")
		want = append(want, "after")
		for way := range sessions {
			chromium.WaitFor(t, window, fmt.Sprintf(`heard.%s.length >= %d`, way, len(want)))
		}
	}
	all, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for way, session := range sessions {
		if heard := chromium.Eval[string](t, window, fmt.Sprintf(`JSON.stringify(heard.%s)`, way)); heard != string(all) {
			t.Errorf("by %s the page heard %s", way, heard)
		}
		if now := chromium.Eval[string](t, window, "sessions."+way); idOf(now) != idOf(session) {
			t.Errorf("by %s the session %s became %s", way, session, now)
		}
	}
	if n := resumed.Load(); n < rounds {
		t.Errorf("an EventSource that was cut off %d times resumed %d times", rounds, n)
	}
}

// Scissors hand connections on, until they cut all that there are.
type scissors struct {
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex // guards conns
	conns []*net.TCPConn
}

// newScissors stand before a server until the test ends.
func newScissors(t testing.TB, target string) *scissors {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scissors{target: target, listener: listener}
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		s.accept()
	}()
	t.Cleanup(func() {
		listener.Close()
		<-accepting
		s.cut()
		s.running.Wait()
	})
	return s
}

func (s *scissors) addr() string { return s.listener.Addr().String() }

func (s *scissors) accept() {
	for {
		client, err := s.listener.Accept()
		if err != nil {
			return // it is closed
		}
		server, err := net.Dial("tcp", s.target)
		if err != nil {
			client.Close()
			continue
		}
		s.mu.Lock()
		s.conns = append(s.conns, client.(*net.TCPConn), server.(*net.TCPConn))
		s.mu.Unlock()
		s.running.Go(func() { carry(client, server) })
		s.running.Go(func() { carry(server, client) })
	}
}

func carry(from, to net.Conn) {
	_, _ = io.Copy(to, from) // how it ends is the same
	from.Close()
	to.Close()
}

// cut breaks all connections.
func (s *scissors) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		_ = conn.SetLinger(0)
		conn.Close()
	}
	s.conns = nil
}
