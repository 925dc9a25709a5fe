package pomona_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func only(kind pomona.Transport) pomona.Options {
	return pomona.Options{Transports: []pomona.Transport{kind}}
}

// silences are what a stream may be silent for.
var silences = map[pomona.Transport]time.Duration{
	pomona.WebSocket: 62500 * time.Millisecond,
	pomona.SSE:       37500 * time.Millisecond,
}

func TestQuietStreamLives(t *testing.T) {
	for kind := range silences {
		t.Run(string(kind), func(t *testing.T) {
			withModel(t, nil, only(kind), func(t *testing.T, m *model, c *pomona.Client) {
				r := new(thestraltest.Recorder)
				c.On("a", r)
				time.Sleep(24 * time.Hour)
				m.publish("a", "1")
				wantRequests(t, m, string(kind))
				wantMessages(t, r, "a", "", "1")
			})
		})
	}
}

func TestDeadStreamIsGivenUp(t *testing.T) {
	for kind, silence := range silences {
		t.Run(string(kind), func(t *testing.T) {
			withModel(t, map[pomona.Transport]fault{kind: stalls}, only(kind), func(t *testing.T, m *model, c *pomona.Client) {
				r := new(thestraltest.Recorder)
				c.On("a", r)
				time.Sleep(time.Second) // one message is that it is connected
				for i := range several {
					m.publish("a", strconv.Itoa(i))
				}
				synctest.Wait()
				wantMessages(t, r, "a", "", "0", "1")
				time.Sleep(silence - 1)
				wantRequests(t, m, string(kind))
				time.Sleep(rested)
				wantRequests(t, m, string(kind+" "+kind))
				wantMessages(t, r, "a", "", "0", "1", "2")
			})
		})
	}
}

func TestLostSessionOnEachTransport(t *testing.T) {
	for _, kind := range []pomona.Transport{pomona.WebSocket, pomona.SSE, pomona.Poll} {
		t.Run(string(kind), func(t *testing.T) {
			lost := 0
			options := only(kind)
			options.Lost = func() { lost++ }
			withModel(t, nil, options, func(t *testing.T, m *model, c *pomona.Client) {
				r := new(thestraltest.Recorder)
				c.On("a", r)
				time.Sleep(time.Second)
				m.publish("a", "1")
				time.Sleep(time.Second)
				m.lose()
				time.Sleep(time.Second)
				m.publish("a", "2")
				time.Sleep(time.Second)
				wantMessages(t, r, "a", "", "1", "", "2")
				if lost != 1 {
					t.Errorf("Lost was called %d times, want once", lost)
				}
			})
		})
	}
}

func wantConfirms(t *testing.T, m *model, want ...string) {
	t.Helper()
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	if diff := cmp.Diff(want, m.confirms); diff != "" {
		t.Errorf("confirmed (-want +got):\n%s", diff)
	}
	m.confirms = nil
}

func TestWhatWasReceivedIsConfirmed(t *testing.T) {
	withModel(t, nil, only(pomona.WebSocket), func(t *testing.T, m *model, _ *pomona.Client) {
		time.Sleep(time.Hour)
		wantConfirms(t, m)
		m.publish("a", "1")
		time.Sleep(time.Second - 1)
		m.publish("a", "2")
		wantConfirms(t, m)
		time.Sleep(time.Nanosecond)
		wantConfirms(t, m, "ID1/KEY-2")
		more := func(n int) {
			for range n {
				m.publish("a", "more")
			}
			synctest.Wait()
		}
		more(297)
		wantConfirms(t, m)
		more(1) // is the 300th
		wantConfirms(t, m, "ID1/KEY-300")
		more(299)
		wantConfirms(t, m)
		time.Sleep(time.Second)
		wantConfirms(t, m, "ID1/KEY-599")
		time.Sleep(time.Hour)
		wantConfirms(t, m)
	})
}

// raw is a client of whatever serve does.
func raw(t *testing.T, kind pomona.Transport, serve http.HandlerFunc, test func(t *testing.T, m *model, r *thestraltest.Recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, all(works))
		m.serve = func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				m.begin(w, r, kind, func(fault) { serve(w, r) })
			}
		}
		c, end := m.client(only(kind))
		defer end()
		r := new(thestraltest.Recorder)
		c.On("a", r)
		synctest.Wait()
		test(t, m, r)
	})
}

// confirmed is when a WebSocket confirms, which these servers don't expect.
const confirmed = time.Second

// What arrives slowly is alive at every byte.
func TestSlowMessage(t *testing.T) {
	const pieces = 10
	piece := strings.Repeat("x", 5000)
	want := []string{"", strings.Repeat(piece, pieces)}
	check := func(t *testing.T, m *model, r *thestraltest.Recorder) {
		time.Sleep(pieces*30*time.Second + confirmed/2)
		wantMessages(t, r, "a", want...)
		wantRequests(t, m, fmt.Sprint(m.requests()[0]))
	}
	say := func(w io.Writer, flush func()) {
		for range pieces {
			flush()
			time.Sleep(30 * time.Second)
			_, _ = io.WriteString(w, piece)
		}
	}
	raw(t, pomona.SSE, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "event: session\ndata: {\"reconnectWith\":\"ID/0\"}\n\n"+`id: ID/1`+"\n"+`data: {"path":"a","message":"`)
		say(w, w.(http.Flusher).Flush)
		_, _ = io.WriteString(w, "\"}\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}, check)
	raw(t, pomona.WebSocket, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		ctx := conn.CloseRead(context.Background())
		_ = conn.Write(ctx, websocket.MessageText, []byte(`{"updates":[],"reconnectWith":"ID/0"}`))
		message, _ := conn.Writer(ctx, websocket.MessageText)
		_, _ = io.WriteString(message, `{"updates":[{"path":"a","message":"`)
		say(message, func() {}) // a piece is more than what is gathered
		_, _ = io.WriteString(message, `"}],"reconnectWith":"ID/1"}`)
		_ = message.Close()
		<-ctx.Done()
	}, check)
}

// TestAnswersThatAreNone: what is not as it should be is not heard, and said to
// be what it is.
func TestAnswersThatAreNone(t *testing.T) {
	const session = "event: session\ndata: {\"reconnectWith\":\"ID/0\"}\n\n"
	long := strings.Repeat("x", pomona.MaxEvent)
	for _, c := range []struct{ kind, text, want string }{
		{"", session, "no event stream"},
		{"application/json", session, "no event stream"},
		{"text/event-stream", "event: session\ndata: {}\n\n", "not of the form"},
		{"text/event-stream", "event: session\ndata: <html>\n\n", "not of the form"},
		{"text/event-stream", "event: session\ndata: {\"reconnectWith\":\"%zz\"}\n\n", "does not fit into a URL"},
		{"text/event-stream", "id: ID/1\ndata: 1\n\n", "not of the form"},
		{"text/event-stream", "data: {\"path\":\"a\",\"message\":\"no\"}\n\n", "not of the form"},
		{"text/event-stream", "data: " + long + "\n\n", "longer than"},
		{"text/event-stream", "event: other\ndata: {\"path\":\"a\",\"message\":\"no\"}\n\n", "the stream ended"},
		{"text/event-stream", "id: ID/1\ndata: {\"path\":\"a\",\"message\":\"no\"}\n", "the stream ended"},
	} {
		log := keepLog(t)
		raw(t, pomona.SSE, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.kind)
			_, _ = io.WriteString(w, c.text)
		}, func(t *testing.T, _ *model, r *thestraltest.Recorder) {
			time.Sleep(time.Second)
			wantMessages(t, r, "a")
		})
		if !strings.Contains(log.String(), c.want) {
			t.Errorf("after %.80q the log is %q, want %q in it", c.text, log, c.want)
		}
	}
}

// TestFramesThatAreNone does the same for WebSocket.
func TestFramesThatAreNone(t *testing.T) {
	good := []byte(`{"updates":[{"path":"a","message":"yes"}],"reconnectWith":"ID/1"}`)
	blanks := bytes.Repeat([]byte(" "), pomona.MaxAnswer-len(good))
	for _, c := range []struct {
		frame string
		log   string
		want  []string
	}{
		{"[]", "not of the form", nil},
		{"{", "not of the form", nil},
		{`{"updates":[],"reconnectWith":"%zz"}`, "does not fit into a URL", nil},
		{string(good) + string(blanks), "", []string{"", "yes"}},
		{string(good) + string(blanks) + " ", "limit", nil},
	} {
		log := keepLog(t)
		raw(t, pomona.WebSocket, func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.CloseNow()
			ctx := conn.CloseRead(context.Background())
			_ = conn.Write(ctx, websocket.MessageText, []byte(c.frame))
			<-ctx.Done()
		}, func(t *testing.T, _ *model, r *thestraltest.Recorder) {
			time.Sleep(confirmed / 2)
			wantMessages(t, r, "a", c.want...)
		})
		if !strings.Contains(log.String(), c.log) || c.log == "" && log.String() != "" {
			t.Errorf("after %.80q the log is %q, want %q in it", c.frame, log, c.log)
		}
	}
}

func TestKeyIsNotLoggedOnAnyTransport(t *testing.T) {
	for _, kind := range []pomona.Transport{pomona.WebSocket, pomona.SSE, pomona.Poll} {
		for _, f := range allFaults[1:] {
			log := keepLog(t)
			withModel(t, nil, only(kind), func(t *testing.T, m *model, _ *pomona.Client) {
				time.Sleep(time.Second)
				m.setFault(all(f))
				m.lose() // which ends what is open
				for range 2 * several {
					m.publish("a", "1")
					time.Sleep(time.Minute)
				}
				m.server.Close()
				time.Sleep(10 * time.Minute)
			})
			if text := log.String(); text == "" || strings.Contains(text, "KEY") {
				t.Errorf("the log of %s that %s is %q, want something without the key", kind, f, text)
			}
		}
	}
}
