package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// What the server shows of itself, beside the files of its page: whatever is
// added to it belongs into one of these lists. ID is one of a session that goes
// on.
var (
	seenAtOnce = []string{
		"healthz", "metrics", "pomona.js", "graph?format=json", "graph?format=dot", "graph?format=mermaid",
		"explain?id=ID&path=my/data", "explain?id=ID&path=else", "explain?id=nobody&path=my/data", "ID", "nothing",
	}
	seenOnAndOn  = []string{"live", "live?paths=my/**", "tail", "tail?paths=**", "tail?paths=::register"}
	seenByOthers = [][]string{{"graph"}, {"graph", "--format", "json"}, {"explain", "ID", "my/data"}, {"explain", "ID", "else"}}
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
		args = strings.Split(strings.ReplaceAll(strings.Join(args, "\x00"), "ID", session.id()), "\x00")
		args = slices.Insert(args, 1, "--url", strings.TrimSuffix(s.addresses["dudley"], "/"))
		out, _ := command(s.t, args...).CombinedOutput() // what is no is an exit status
		s.seen[fmt.Sprintf("roots %q", args)] = string(out)
	}
}

// request sends any request and keeps the answer as one that a client got.
func (s *spy) request(method, target, text string, headers ...string) string {
	s.t.Helper()
	r, err := http.NewRequest(method, s.addresses["firenze"]+target, strings.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Second) // streams go on
	defer cancel()
	resp, err := http.DefaultClient.Do(r.WithContext(ctx))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var got strings.Builder
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadString('\n')
		got.WriteString(line)
		if err != nil || strings.HasPrefix(line, "data:") && resp.Header.Get("Content-Type") == "text/event-stream" {
			break
		}
	}
	s.told += got.String() + "\n"
	return got.String()
}

// begin opens a session, connects it to my/data and returns its parts.
func (s *spy) begin() (id, key string) {
	m := reconnect.FindStringSubmatch(s.request("GET", "", ""))
	s.post("::connect", m[1]+"->my/data")
	return m[1], m[2]
}

// drive has clients do what they may, and what they may not.
func (s *spy) drive() {
	id, key := s.begin()
	other, otherKey := s.begin()
	s.post("my/data", "hello")
	session := id + "/" + key + "-"
	for _, r := range [][]string{
		{"GET", session + "0", ""},
		{"GET", session + "1", "", "Accept", "text/event-stream"},
		{"GET", "", "", "Accept", "text/event-stream", "Last-Event-ID", session + "1"},
		{"GET", "", "", "Accept", "text/event-stream", "Last-Event-ID", other + "/" + key + "-1"},
		{"POST", session + "1", `[{"path":"up","message":"x"},{"path":"::connect","message":"x"}]`},
		{"POST", session + "1?number=1", `[{"path":"up","message":"x"}]`},
		{"POST", session + "1?number=" + key, `[]`},
		{"POST", session + "1", `{"confirm":"` + session + `1"`},
		{"POST", session + "1", `[{"path":"` + strings.Repeat(session, 9) + `","message":"x"}]`},
		{"POST", other + "/" + key + "-1", `[{"path":"up","message":"x"}]`},
		{"GET", other + "/" + key + "-1", ""},
		{"GET", key + "-1/" + id, ""},
		{"GET", session + "99999999999999999999", ""},
		{"GET", session + "0/" + key, ""},
		{"GET", key, ""},
		{"GET", session + "0;" + key + "?" + session, ""},
		{"PUT", session + "0", ""},
		{"BREW", session + "0", key},
		{"DELETE", other + "/" + key + "-1", ""},
		{"DELETE", other + "/" + otherKey + "-1", ""},
		{"POST", other + "/" + otherKey + "-1/bye", ""},
	} {
		s.request(r[0], r[1], r[2], r[3:]...)
	}
	s.socket(session)
	s.garbage(session)
	s.get(s.addresses["dudley"] + session + "0") // at the wrong door
}

// socket says over a WebSocket what is right, and what is wrong.
func (s *spy) socket(session string) {
	for _, says := range []string{
		`{"updates":[{"path":"up","message":"x"}],"number":2,"confirm":"` + session + `1"}`,
		`{"confirm":"` + session,
		`{"updates":[{"path":"` + strings.Repeat(session, 9) + `","message":"x"}]}`,
		`{"updates":{"` + session + `":1},"confirm":7}`,
		"",
	} {
		url := strings.Replace(s.addresses["firenze"], "http:", "ws:", 1)
		conn, _, err := websocket.Dial(s.t.Context(), url+session+"1", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		kind := websocket.MessageText
		if says == "" {
			kind = websocket.MessageBinary
		}
		for range 2 { // the first answer tells the session
			_, text, err := conn.Read(s.t.Context())
			s.told += string(text) + "\n"
			if err == nil {
				_ = conn.Write(s.t.Context(), kind, []byte(says)) // some of it ends the connection
			}
		}
		conn.CloseNow()
	}
}

// garbage is what net/http has to cope with.
func (s *spy) garbage(session string) {
	address := strings.TrimSuffix(strings.TrimPrefix(s.addresses["firenze"], "http://"), prefix+"/")
	for _, request := range []string{
		session + "\r\n\r\n",
		"GET /" + session + "0\r\n\r\n",
		"GET /" + session + "0 HTTP/9.9\r\n\r\n",
		"GET /" + session + "0 HTTP/1.1\r\n\r\n",
		"GET /" + session + "0 HTTP/1.1\r\nHost: a\r\n" + session + "\r\n\r\n",
		"GET /%zz" + session + "0 HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /" + session + "0 HTTP/1.1\r\nHost: a\r\nContent-Length: " + session + "\r\n\r\n",
		"GET /" + session + "1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + session,
		"GET /" + session + "1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + session + "\r\n\r\n",
	} {
		conn := must(net.Dial("tcp", address))
		io.WriteString(conn, request)
		conn.(*net.TCPConn).CloseWrite() // so that the server does not wait for more
		text, _ := io.ReadAll(conn)      // it may cut off who sends too much
		conn.Close()
		s.told += string(text) + "\n"
	}
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
		if text == "" {
			s.t.Errorf("nothing was seen in %s", where)
		}
	}
	if seen := fmt.Sprint(s.seen); !strings.Contains(s.seen["the log"], "wrong key") || !strings.Contains(s.seen["the log"], "a session is over") || !strings.Contains(seen, "roots_sessions") {
		s.t.Errorf("the log is not what it should be:\n%s", s.seen["the log"])
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
