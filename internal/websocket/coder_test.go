package websocket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	coder "github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/websocket"
)

// Here another implementation speaks to this one, over real sockets.

// serve serves a handler on loopback, and waits for its end after the test.
func serve(t *testing.T, handler http.HandlerFunc) (url string) {
	t.Helper()
	var running sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		handler(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		running.Wait() // Close does not wait for what was hijacked
	})
	return server.URL
}

// dial is a client that is gone after the test.
func dial(t *testing.T, url string) (*coder.Conn, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	conn, _, err := coder.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() {
		_ = conn.CloseNow()
		cancel()
	})
	return conn, ctx
}

func TestEcho(t *testing.T) {
	conn, ctx := dial(t, serve(t, echo))
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 300 {
		op, want := coder.MessageText, []byte(long(random.IntN(1+websocket.DefaultLimit>>random.IntN(16))))
		if i%3 == 0 {
			op = coder.MessageBinary
			for i := range want {
				want[i] = byte(random.Uint32())
			}
		}
		w, err := conn.Writer(ctx, op)
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range splitRandomly(want, random) { // a frame each, and an empty one to end it
			if _, err := w.Write(piece); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		gotOp, got, err := conn.Read(ctx)
		if err != nil || gotOp != op || !bytes.Equal(got, want) {
			t.Fatalf("message %d of %d bytes came back as %d bytes of type %v, %v", i, len(want), len(got), gotOp, err)
		}
	}
}

func TestEchoLengths(t *testing.T) {
	conn, ctx := dial(t, serve(t, echo))
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536} {
		if err := conn.Write(ctx, coder.MessageText, []byte(long(n))); err != nil {
			t.Fatal(err)
		}
		if _, got, err := conn.Read(ctx); err != nil || string(got) != long(n) {
			t.Errorf("%d bytes came back as %d, %v", n, len(got), err)
		}
	}
}

func TestClientPings(t *testing.T) {
	conn, ctx := dial(t, serve(t, echo))
	conn.CloseRead(ctx) // something must read for pongs to be seen
	for range 10 {
		if err := conn.Ping(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// The client closes: the server sees its code and reason, and the client its own
// answered.
func TestClientCloses(t *testing.T) {
	for _, code := range []coder.StatusCode{1000, 1001, 1003, 1011, 1014, 3000, 4999} {
		conn, ctx := dial(t, serve(t, echo))
		if err := conn.Close(code, "so long"); err != nil {
			t.Errorf("closing with %d: %v", code, err)
		}
		if _, _, err := conn.Read(ctx); err == nil {
			t.Errorf("the connection can still be read after code %d", code)
		}
	}
}

// script is a server that sends some bytes and hands on what it reads until it
// is over.
func script(t *testing.T, send []byte) (url string, came <-chan outcome) {
	t.Helper()
	done := make(chan outcome, 1)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		response, _ := websocket.Accept(r)
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		if _, err := conn.Write(append(response, send...)); err != nil {
			t.Error(err)
		}
		done <- drain(buffered)
	}), done
}

func drain(r io.Reader) (got outcome) {
	var reader websocket.Reader
	data := make([]byte, 4096)
	for got.Over == nil {
		n, err := r.Read(data)
		if err != nil {
			return got
		}
		got.Over = reader.Feed(data[:n], func(op websocket.Opcode, payload []byte) *websocket.Closing {
			got.Events = append(got.Events, event{op, string(payload)})
			return nil
		})
	}
	return got
}

// The server pings, writes a header and a payload that stand apart, and closes.
func TestServerPingsAndCloses(t *testing.T) {
	send := websocket.Append(nil, websocket.Ping, "are you there?")
	send = append(websocket.AppendHeader(send, websocket.Text, 6), "shared"...)
	send = websocket.AppendClose(send, websocket.GoingAway, "shutting down")
	url, came := script(t, send)
	conn, ctx := dial(t, url)
	if _, got, err := conn.Read(ctx); err != nil || string(got) != "shared" {
		t.Errorf("got %q, %v", got, err)
	}
	_, _, err := conn.Read(ctx)
	if closed := (coder.CloseError{}); !errors.As(err, &closed) || closed.Code != coder.StatusGoingAway || closed.Reason != "shutting down" {
		t.Errorf("the client ends with %v", err)
	}
	want := outcome{events(event{pong, "are you there?"}), &websocket.Closing{Code: websocket.GoingAway, Reason: "shutting down", ByPeer: true}}
	if diff := cmp.Diff(want, <-came); diff != "" {
		t.Errorf("the server saw, want - got +\n%s", diff)
	}
}

func TestTooBigOverTheWire(t *testing.T) {
	conn, ctx := dial(t, serve(t, echo))
	if err := conn.Write(ctx, coder.MessageBinary, make([]byte, websocket.DefaultLimit+1)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(ctx); coder.CloseStatus(err) != coder.StatusMessageTooBig {
		t.Errorf("the client ends with %v, want code 1009", err)
	}
}

// Each case goes over a socket to the echo, raw, and what comes back is right
// to the byte.
func TestCasesOverTheWire(t *testing.T) {
	url := serve(t, echo)
	for _, c := range cases {
		if len(c.input) > websocket.DefaultLimit {
			continue // the limit of the echo is lower than that of the cases
		}
		t.Run(c.name, func(t *testing.T) {
			if got, want := speak(t, url, c.input), echoed(c.input); !bytes.Equal(got, want) {
				t.Errorf("got %.200q, want %.200q", got, want)
			}
		})
	}
}

// speak sends bytes behind a handshake, and returns what comes behind its answer.
func speak(t *testing.T, url string, input []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	handshake := strings.Replace(rfcHandshake, "Origin: http://example.com\r\n", "", 1)
	if _, err := conn.Write(append([]byte(handshake), input...)); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	_, got, ok := bytes.Cut(answer, []byte("\r\n\r\n"))
	if !ok || !bytes.HasPrefix(answer, []byte("HTTP/1.1 101 ")) {
		t.Fatalf("the handshake was answered by %q", answer)
	}
	return got
}

// echoed is what the echo should make of some bytes.
func echoed(input []byte) (out []byte) {
	got := feed(0, input)
	for _, e := range got.Events {
		switch e.Op {
		case ping:
			out = websocket.Append(out, pong, e.Payload)
		case text, binaryOp:
			out = websocket.Append(out, e.Op, e.Payload)
		}
	}
	if got.Over != nil {
		out = websocket.AppendClose(out, got.Over.Code, got.Over.Reason)
	}
	return out
}
