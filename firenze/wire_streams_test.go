package firenze_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"regexp"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/internal/websocket"
)

var (
	eventsHeader   = "Accept: text/event-stream"
	upgradeHeaders = strings.Split(strings.TrimSpace(upgrade), "\r\n")
	retries        = regexp.MustCompile(`(?m)^retry: \d+$`)
)

// stream writes down an answer that goes on: all that comes while do does
// something, and until the connection ends.
func (w *wire) stream(name, request string, headers []string, do func(net.Conn)) {
	w.t.Helper()
	conn := w.n.connect(w.t)
	lines := append([]string{request, "Host: localhost"}, headers...)
	var raw bytes.Buffer
	var reading sync.WaitGroup
	reading.Go(func() { io.Copy(&raw, conn) })
	fmt.Fprint(conn, strings.Join(lines, "\r\n"), "\r\n\r\n")
	synctest.Wait()
	do(conn)
	synctest.Wait()
	conn.Close()
	reading.Wait()

	head, rest, _ := bytes.Cut(raw.Bytes(), []byte("\r\n\r\n"))
	body := textOf(string(head), bufio.NewReader(bytes.NewReader(rest)))
	w.write(name, lines, string(head), retries.ReplaceAllString(body, "retry: RANDOM"))
}

// textOf makes text of what followed a head.
func textOf(head string, rest *bufio.Reader) string {
	var b strings.Builder
	switch {
	case strings.HasPrefix(head, "HTTP/1.1 101 "):
		e := &ear{transport: webSocket, stream: rest}
		for {
			op, payload, err := e.readFrame()
			if err == io.EOF {
				return b.String()
			}
			fmt.Fprintf(&b, "%s %s\n", frameNames[op], afterCode(op, payload))
		}
	case strings.Contains(head, "Transfer-Encoding: chunked"):
		if _, err := io.Copy(&b, httputil.NewChunkedReader(rest)); err == nil {
			b.WriteString("(the end)\n")
		}
	default:
		io.Copy(&b, rest)
	}
	return b.String()
}

var frameNames = map[websocket.Opcode]string{websocket.Text: "text", websocket.Ping: "ping", websocket.Pong: "pong", closeFrame: "close"}

func afterCode(op websocket.Opcode, payload []byte) string {
	if op == closeFrame && len(payload) >= 2 {
		return fmt.Sprint(int(payload[0])<<8|int(payload[1]), " ", string(payload[2:]))
	}
	return string(payload)
}

func nothing(net.Conn) {}

func playEvents(w *wire) {
	w.stream("a new session by Server-Sent Events", "GET / HTTP/1.1", []string{eventsHeader}, nothing)
	session := w.open()
	w.tell(session, "text", "a\nb\r\nc\u2028\x00")
	w.stream("two messages, a comment after 15 seconds, and one more", "GET /"+session+" HTTP/1.1", []string{eventsHeader}, func(net.Conn) {
		pass(comment + time.Second)
		w.tell(session, "3")
	})
	w.stream("Last-Event-ID wins over the URL", "GET /"+session+" HTTP/1.1", []string{eventsHeader, "Last-Event-ID: " + withNumber(session, "2")}, nothing)
	w.stream("another request takes the place", "GET /"+withNumber(session, "3")+" HTTP/1.1", []string{eventsHeader}, func(net.Conn) { w.rig.poll(withNumber(session, "3")) })
	w.stream("good-bye", "GET /"+withNumber(session, "3")+" HTTP/1.1", []string{eventsHeader}, func(net.Conn) { w.ask("DELETE", "/"+session) })
	w.stream("a session that is over", "GET /"+withNumber(session, "3")+" HTTP/1.1", []string{eventsHeader}, nothing)
	other := w.open()
	w.stream("the server goes down", "GET /"+other+" HTTP/1.1", []string{eventsHeader}, func(net.Conn) { w.Drain() })
	w.say("no place for one more", "GET / HTTP/1.1", eventsHeader)
}

func playSocket(w *wire) {
	w.stream("a new session by WebSocket", "GET / HTTP/1.1", upgradeHeaders, nothing)
	session := w.open()
	w.tell(session, "text", "")
	w.stream("two messages, a ping after 25 seconds, and one more", "GET /"+session+" HTTP/1.1", upgradeHeaders, func(conn net.Conn) {
		pass(ping)
		w.tell(session, "3")
		conn.Write(masked(websocket.Ping, "are you there?"))
	})
	session = withNumber(session, "3")
	w.stream("what a client sends, without being heard by anybody here", "GET /"+session+" HTTP/1.1", upgradeHeaders, func(conn net.Conn) {
		conn.Write(masked(websocket.Text, `{"updates":[{"path":"up","message":"1"}],"number":1}`))
		conn.Write(masked(websocket.Text, `what?`))
		conn.Write(masked(websocket.Binary, `1`))
	})
	w.stream("another request takes the place", "GET /"+session+" HTTP/1.1", upgradeHeaders, func(net.Conn) { w.rig.poll(session) })
	w.stream("a client that closes", "GET /"+session+" HTTP/1.1", upgradeHeaders, func(conn net.Conn) {
		conn.Write(masked(closeFrame, "\x03\xe9bye"))
	})
	w.stream("good-bye", "GET /"+session+" HTTP/1.1", upgradeHeaders, func(net.Conn) { w.ask("DELETE", "/"+session) })
	w.stream("a session that is over", "GET /"+session+" HTTP/1.1", upgradeHeaders, nothing)
	w.say("another origin", "GET / HTTP/1.1", append(upgradeHeaders, "Origin: https://example.org")...)
	w.say("another version", "GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 12", upgradeHeaders[3])
	w.say("no key", "GET / HTTP/1.1", upgradeHeaders[:3]...)
	other := w.open()
	w.tell(other, "last words")
	w.stream("the server goes down", "GET /"+other+" HTTP/1.1", upgradeHeaders, func(net.Conn) { w.Drain() })
	w.say("no place for one more", "GET / HTTP/1.1", upgradeHeaders...)
}

func playPosts(w *wire) {
	session := w.open()
	one := `[{"path":"up","message":"1"}]`
	w.post("updates from a client", session, one)
	w.post("the first that is numbered", session+"?number=1", one)
	w.post("the same again", session+"?number=1", one)
	w.post("one is left out", session+"?number=3", one)
	w.post("there is no number 0", session+"?number=0", one)
	w.post("no number at all", session+"?number=x", one)
	w.post("a control path", session, `[{"path":"p","message":""},{"path":"::connect","message":"id->p"}]`)
	w.post("no JSON", session, `[{"path"`)
	w.post("a wrong key", idOf(session)+"/KEY-0", one)
	w.say("a body of unknown length", "POST /"+session+" HTTP/1.1", "Transfer-Encoding: chunked", "", "0", "")
	w.stream("the same over a WebSocket", "GET /"+session+" HTTP/1.1", upgradeHeaders, func(conn net.Conn) {
		for _, frame := range []string{
			`{"updates":[{"path":"up","message":{"a": 1}}]}`,
			`{"updates":[{"path":"up","message":"2"}],"number":2}`, `{"updates":[{"path":"up","message":"2"}],"number":2}`,
			`{"updates":[],"number":4}`, `{"updates":[{"path":"p","message":""},{"path":"::gone","message":"id"}],"number":3}`,
			`{"confirm":"what?"}`, `{}`, `[]`,
		} {
			conn.Write(masked(websocket.Text, frame))
		}
	})
}

// post writes down an answer to a post.
func (w *wire) post(name, target, body string) {
	w.t.Helper()
	w.sayBody(name, "POST /"+target+" HTTP/1.1", body, fmt.Sprint("Content-Length: ", len(body)))
}
