package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A dribbler sends a part of a request, and then a byte now and then. Once it was
// answered or the connection ended, it is cut.
type dribbler struct {
	net.Conn
	kind    string
	started time.Time
	cut     time.Duration // after it started
}

const (
	dribblers = 900 // on HTTP; more on WebSocket
	sockets   = 100
	dribble   = 500 * time.Millisecond // between two bytes
	patience  = time.Minute
)

// TestSlowloris: whoever dribbles a request is cut, and costs the others nothing.
// Whoever dribbles a frame of a WebSocket costs no more than if it were idle, so
// it stays and is served. What it takes to cut them and to serve others is logged.
func TestSlowloris(t *testing.T) {
	p := start(t, "--log", "off", "--two-way")
	var all []*dribbler
	for i := range dribblers {
		all = append(all, p.dribbler(i%6))
	}
	slow := p.slowSockets()
	stop := make(chan struct{})
	var healthy, reading sync.WaitGroup
	var late []time.Duration
	healthy.Go(func() { late = p.beHealthy(stop) })
	for _, d := range all {
		reading.Go(func() {
			_, _ = io.Copy(io.Discard, d) // how it ends is the same
			d.cut = time.Since(d.started)
		})
	}
	cut := make(chan struct{})
	go func() { reading.Wait(); close(cut) }()
	dribbleUntil(t, cut, all, slow)
	close(stop)
	healthy.Wait()
	slow.finish(t)

	longest := map[string]time.Duration{}
	for _, d := range all {
		longest[d.kind] = max(longest[d.kind], d.cut)
	}
	slices.Sort(late)
	t.Logf("the last was cut after %v; of %d messages to others, 99 %% came within %v", longest, len(late), late[len(late)*99/100])
}

// dribbleUntil sends a byte for all again and again, until those who can be cut
// are.
func dribbleUntil(t *testing.T, cut chan struct{}, all []*dribbler, slow *slowSockets) {
	t.Helper()
	ticker := time.NewTicker(dribble)
	defer ticker.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-cut:
			return
		case <-ticker.C:
		}
		for _, d := range all {
			_, _ = d.Write([]byte("a")) // those that are cut fail
		}
		slow.dribble(t)
	}
	t.Fatal("some of those who dribble are never cut")
}

// host is where something listens.
func (p *process) host(name string) string {
	_, rest, _ := strings.Cut(p.addresses[name], "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func (p *process) dial(name string) net.Conn {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.host(name))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	return conn
}

// dribbler begins one of the six kinds.
func (p *process) dribbler(kind int) *dribbler {
	p.t.Helper()
	const post = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n["
	d := &dribbler{}
	text := ""
	switch kind {
	case 0:
		d.kind, d.Conn, text = "header to firenze", p.dial("firenze"), "GET /comet/ HTTP/1.1\r\nHost: localhost\r\nSlow: "
	case 1:
		d.kind, d.Conn, text = "header to dudley", p.dial("dudley"), "POST / HTTP/1.1\r\nHost: localhost\r\nSlow: "
	case 2:
		d.kind, d.Conn, text = "body to firenze", p.dial("firenze"), "POST /comet/"+p.poll("").ReconnectWith+post
	case 3:
		d.kind, d.Conn, text = "body to dudley", p.dial("dudley"), "POST /"+post
	case 4:
		d.kind, d.Conn, text = "header after a poll that was parked", p.parked(""), half
	case 5:
		d.kind, d.Conn = "header while a poll is parked", p.parked(half)
	}
	d.started = time.Now()
	if _, err := io.WriteString(d, text); err != nil {
		p.t.Fatal(err)
	}
	return d
}

const half = "GET /comet/nobody/noth"

// parked returns a connection whose poll waited, while more came, and was answered.
func (p *process) parked(more string) net.Conn {
	p.t.Helper()
	session, conn := p.poll(""), p.dial("firenze")
	fmt.Fprintf(conn, "GET /comet/%s HTTP/1.1\r\nHost: localhost\r\n\r\n%s", session.ReconnectWith, more)
	p.post("::connect", session.id()+"->a")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	body(p.t, resp, err)
	return conn
}

// beHealthy sends messages and hears them, each once and in order, until stop. It
// returns how long each took.
func (p *process) beHealthy(stop chan struct{}) (late []time.Duration) {
	start, session := time.Now(), p.poll("")
	p.post("::connect", session.id()+"->healthy")
	session = p.poll(session.ReconnectWith)
	var before time.Duration
	for {
		select {
		case <-stop:
			return late
		case <-time.After(10 * time.Millisecond):
		}
		sent := time.Since(start)
		p.post("healthy", fmt.Sprint(int64(sent)))
		session = p.poll(session.ReconnectWith)
		if len(session.Updates) != 1 || session.Updates[0].Message != fmt.Sprint(int64(sent)) || sent <= before {
			p.t.Errorf("%v came instead of %d", session.Updates, sent)
			return late
		}
		before, late = sent, append(late, time.Since(start)-sent)
	}
}

// slowSockets are WebSockets that dribble a frame.
type slowSockets struct {
	conns []net.Conn
	in    []*bufio.Reader
	rest  []byte // of the frame
}

const handshake = "GET /comet/ HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

func (p *process) slowSockets() *slowSockets {
	p.t.Helper()
	text := `{"updates":[{"path":"from/slow","message":"` + strings.Repeat("a", 200) + `"}],"number":1}`
	s := &slowSockets{rest: append([]byte{0x81, 0x80 | 126, 0, byte(len(text)), 0, 0, 0, 0}, text...)} // masked with zeros
	s.rest[2] = byte(len(text) >> 8)
	for range sockets {
		conn := p.dial("firenze")
		s.conns, s.in = append(s.conns, conn), append(s.in, bufio.NewReader(conn))
		if _, err := io.WriteString(conn, handshake); err != nil {
			p.t.Fatal(err)
		}
	}
	for _, in := range s.in {
		if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			p.t.Fatalf("a handshake is answered %v, %v", resp, err)
		}
		readFrame(p.t, in)
	}
	return s
}

func (s *slowSockets) dribble(t *testing.T) {
	t.Helper()
	s.send(t, 1)
}

func (s *slowSockets) send(t *testing.T, n int) {
	t.Helper()
	for _, conn := range s.conns {
		if _, err := conn.Write(s.rest[:n]); err != nil {
			t.Error(err)
		}
	}
	s.rest = s.rest[n:]
}

// finish sends the rest of the frame, which has to be taken.
func (s *slowSockets) finish(t *testing.T) {
	t.Helper()
	s.send(t, len(s.rest))
	for _, in := range s.in {
		var a struct{ Received int }
		if text := readFrame(t, in); json.Unmarshal(text, &a) != nil || a.Received != 1 {
			t.Errorf("a frame that came slowly is answered %s", text)
		}
	}
}

// readFrame reads a short text frame, before which there may be pings.
func readFrame(t *testing.T, in *bufio.Reader) []byte {
	t.Helper()
	head := make([]byte, 2)
	for head[0] = 0x89; head[0] == 0x89; {
		_, _ = in.Discard(int(head[1])) // of the ping before
		if _, err := io.ReadFull(in, head); err != nil || head[0] != 0x81 && head[0] != 0x89 || head[1] > 126 {
			t.Fatalf("a frame begins with %x, %v", head, err)
		}
	}
	size := int(head[1])
	if size == 126 {
		long := make([]byte, 2)
		_, _ = io.ReadFull(in, long)
		size = int(long[0])<<8 | int(long[1])
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(in, text); err != nil {
		t.Fatal(err)
	}
	return text
}
