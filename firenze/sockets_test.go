package firenze_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/websocket"
)

// TestSocketIsClosed says with which code, held and parked, and that its session
// goes on.
func TestSocketIsClosed(t *testing.T) {
	for name, c := range map[string]struct {
		frame []byte
		code  websocket.Code // 0 if it is not closed
	}{
		"binary":                   {masked(websocket.Binary, "{}"), 1003},
		"of the greatest length":   {masked(websocket.Text, `{"x":"`+strings.Repeat("x", 128<<10-8)+`"}`), 0},
		"too long":                 {masked(websocket.Text, `{"x":"`+strings.Repeat("x", 128<<10-7)+`"}`), 1009},
		"promises too much":        {[]byte{0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4}, 1009},
		"not masked":               {[]byte{0x81, 2, '{', '}'}, 1002},
		"reserved bit":             {[]byte{0xc1, 0x80, 0, 0, 0, 0}, 1002},
		"reserved opcode":          {[]byte{0x83, 0x80, 0, 0, 0, 0}, 1002},
		"continues nothing":        {[]byte{0x80, 0x80, 0, 0, 0, 0}, 1002},
		"fragmented ping":          {[]byte{0x09, 0x80, 0, 0, 0, 0}, 1002},
		"not UTF-8":                {masked(websocket.Text, "{\"x\":\"\xff\"}"), 1007},
		"normal closure":           {masked(closeFrame, "\x03\xe8bye"), 1000},
		"a code of the client's":   {masked(closeFrame, "\x0f\xa0"), 4000},
		"a code not to be sent":    {masked(closeFrame, "\x03\xed"), 1002},
		"half a code":              {masked(closeFrame, "\x03"), 1002},
		"nothing at all":           {masked(websocket.Text, ""), 0},
		"no JSON":                  {masked(websocket.Text, `{"confirm":`), 0},
		"an unsolicited pong":      {masked(websocket.Pong, "x"), 0},
		"deep":                     {masked(websocket.Text, strings.Repeat("[", 20_000)), 0},
		"numbers that are too odd": {masked(websocket.Text, `{"updates":[],"number":-1}`), 0},
	} {
		for _, on := range carriers[:2] {
			t.Run(on.name+"/"+name, func(t *testing.T) {
				on.run(t, firenze.Options{}, func(w *walker) {
					e := w.begin(webSocket)
					go e.Write(append(c.frame, masked(websocket.Ping, "still there")...)) // it need not be read to the end
					var last error
					for op := websocket.Text; last == nil && op != websocket.Pong; {
						op, _, last = e.readFrame()
					}
					var end closed
					if errors.As(last, &end); end.code != c.code || end.code == 0 && last != nil {
						w.t.Fatalf("it ended with %v instead of %d", last, c.code)
					}
					if end.code != 0 && w.fake {
						io.Copy(io.Discard, e.Conn) // the server closes, if the client does not
					}
					e.Close()
					w.tell(1, 0)
					w.hear(w.listen(webSocket))
				})
			})
		}
	}
}

// TestCloseWithoutACode is answered without one.
func TestCloseWithoutACode(t *testing.T) {
	onPipes(t, firenze.Options{}, func(c *walker) {
		e := c.begin(webSocket)
		e.send(closeFrame, "")
		if op, payload, _ := e.readFrame(); op != closeFrame || len(payload) > 0 {
			c.t.Errorf("answered with %d %q", op, payload)
		}
		if n, err := e.Read(make([]byte, 1)); err != io.EOF {
			c.t.Errorf("%d more bytes came (%v)", n, err)
		}
	})
}

// TestErrorFrames: what is wrong with a frame is said, and the connection goes on.
func TestErrorFrames(t *testing.T) {
	h := new(hall)
	onPipes(t, firenze.Options{Incoming: h}, func(c *walker) {
		e := c.begin(webSocket)
		for _, frame := range []string{
			`what?`, `[]`, `"text"`, `7`, `{"confirm":1}`, `{"number":"1"}`, `{"updates":{}}`, `{"updates":[{}]}`, `{"updates":null}`,
			`{"updates":[{"path":"up","message":"x"},{"path":"::gone","message":"x"}]}`, `{"updates":[{"path":"up","message":"x"}],"number":0}`,
			`{"updates":[{"path":"up","message":"x"}],"number":2}`, `{"updates":[{"path":"up","message":"x"}],"number":1.5}`,
		} {
			e.send(websocket.Text, frame)
			if h, err := e.hear(); err != nil || h.Error == "" || len(h.Updates) > 0 {
				t.Errorf("%s is answered %v (%v)", frame, h, err)
			}
		}
		h.want(t)
		for _, frame := range []string{`{}`, `null`, `{"more":1}`, `{"confirm":""}`, `{"updates":[{"path":"up","message":"1"}]}`} {
			e.send(websocket.Text, frame)
		}
		if h, err := e.hear(); err != nil || h.Error != "" || h.Received != nil {
			t.Errorf("answered %v (%v)", h, err)
		}
		h.want(t, "1")
	})
}

// TestFrameInPieces: in how many pieces it comes, and how many come in one, makes
// no difference.
func TestFrameInPieces(t *testing.T) {
	for _, on := range carriers[:2] {
		h := new(hall)
		on.run(t, firenze.Options{Incoming: h}, func(c *walker) {
			e := c.begin(webSocket)
			for i := range 3 {
				for _, b := range masked(websocket.Text, fmt.Sprintf(`{"updates":[{"path":"up","message":"%d"}]}`, i+1)) {
					e.Write([]byte{b})
				}
				e.hear()
			}
			var many []byte
			for i := range 3 {
				many = append(many, masked(websocket.Text, fmt.Sprintf(`{"updates":[{"path":"up","message":"%d"}]}`, i+4))...)
			}
			e.Write(many)
			for range 3 {
				e.hear()
			}
			h.want(t, numbers(1, 6)...)
		})
	}
}

// TestSocketOrigins: a page opens a WebSocket if it comes from the server's own host, or
// is listed.
func TestSocketOrigins(t *testing.T) {
	options := firenze.Options{Origins: []string{"https://example.org"}}
	for origin, status := range map[string]int{
		"": 101, "http://localhost": 101, "https://localhost": 101, "https://example.org": 101,
		"https://example.com": 403, "null": 403, "http://localhost.example.com": 403, "https://example.org.example.com": 403,
		"http://localhost:81": 403, "localhost": 403, "https://example.org\r\nOrigin: https://example.org": 403,
	} {
		onPipes(t, options, func(c *walker) {
			s := webSocket
			if origin != "" {
				s.header += "Origin: " + origin + "\r\n"
			}
			_, err := s.listen(c.dial(), "").hear()
			if opened := err == nil; opened != (status == 101) || !opened && !strings.HasPrefix(err.Error(), fmt.Sprint("answered ", status)) {
				t.Errorf("origin %q is answered %v", origin, err)
			}
			if got := c.Stats().Sessions; err != nil && got != 0 {
				t.Errorf("origin %q is refused, and %d sessions begun", origin, got)
			}
		})
	}
}

// TestBadHandshakes are refused, and begin no session.
func TestBadHandshakes(t *testing.T) {
	for from, c := range map[string]struct {
		to     string
		status int
	}{
		"Sec-WebSocket-Version: 13\r\n":    {"", http.StatusUpgradeRequired},
		"Version: 13":                      {"Version: 8", http.StatusUpgradeRequired},
		"Connection: Upgrade":              {"Connection: keep-alive", http.StatusBadRequest},
		"dGhlIHNhbXBsZSBub25jZQ==":         {"dGhlIHNhbXBsZQ==", http.StatusBadRequest},
		"Sec-WebSocket-Key":                {"Sec-WebSocket-Lock", http.StatusBadRequest},
		"Upgrade: websocket\r\n":           {"Upgrade: websocket\r\nContent-Length: 2\r\n", http.StatusBadRequest},
		"Connection: Upgrade\r\nUpgrade: ": {"Connection: Upgrade\r\nUpgrade: h2c, ", 101},
	} {
		onPipes(t, firenze.Options{}, func(w *walker) {
			s := webSocket
			s.header = strings.Replace(s.header, from, c.to, 1)
			conn := w.dial()
			e := s.listen(conn, "")
			if c.status == http.StatusBadRequest {
				go conn.Write([]byte("{}"))
			}
			_, err := e.hear()
			if c.status == 101 && err != nil || c.status != 101 && (err == nil || !strings.HasPrefix(err.Error(), fmt.Sprint("answered ", c.status))) {
				t.Errorf("with %q for %q it is answered %v", c.to, from, err)
			}
			if got := w.Stats().Sessions; c.status != 101 && got != 0 {
				t.Errorf("%d sessions were begun", got)
			}
			conn.Close()
			synctest.Wait()
		})
	}
}
