package firenze_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/websocket"
	"github.com/rootspush/roots/thestral"
)

// A hall takes what clients send up, and notes it. It hands it to answer, if there
// is one.
type hall struct {
	answer func(sender thestral.Thestral, path, message string)

	mu    sync.Mutex // guards what is below
	taken []thestral.Update
}

func (h *hall) Update(sender thestral.Thestral, path, message string) {
	h.mu.Lock()
	h.taken = append(h.taken, thestral.Update{Path: path, Message: message})
	h.mu.Unlock()
	if h.answer != nil {
		h.answer(sender, path, message)
	}
}

func (*hall) Next() []thestral.Thestral { return nil }

// messages are those that came so far.
func (h *hall) messages() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range h.taken {
		all = append(all, u.Message)
	}
	return all
}

func (h *hall) want(t testing.TB, messages ...string) {
	t.Helper()
	if diff := cmp.Diff(messages, h.messages()); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// A door is a way in which a client sends updates up.
type door struct {
	name string
	// knock sends a numbered batch on a connection, and returns a func that waits
	// for the word that it was taken.
	knock func(conn net.Conn, session string, number int, batch string) (wait func() error)
	// request is what knock sends.
	request func(session string, number int, batch string) string
}

var doors = []door{
	{"POST", knockByPost, postRequest},
	{"frame", knockByFrame, frameRequest},
}

func postRequest(session string, number int, batch string) string {
	return fmt.Sprintf("POST /%s?number=%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", session, number, len(batch), batch)
}

func knockByPost(conn net.Conn, session string, number int, batch string) func() error {
	fmt.Fprint(conn, postRequest(session, number, batch))
	return func() error {
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(response.Body)
		if err == nil && (response.StatusCode != http.StatusOK || string(text) != `{"success":true}`) {
			err = fmt.Errorf("answered %d %s", response.StatusCode, text)
		}
		return err
	}
}

// frameRequest is the handshake and the frame at once, which a client may do.
func frameRequest(session string, number int, batch string) string {
	text := fmt.Sprintf(`{"updates":%s,"number":%d}`, batch, number)
	return (&ear{transport: webSocket, session: session}).request() + string(masked(websocket.Text, text))
}

func knockByFrame(conn net.Conn, session string, number int, batch string) func() error {
	e := webSocket.listen(conn, session)
	h, err := e.hear() // its first frame, since nothing reads a pipe meanwhile
	if err == nil {
		e.send(websocket.Text, fmt.Sprintf(`{"updates":%s,"number":%d}`, batch, number))
	}
	return func() error {
		for err == nil && h.Received == nil {
			h, err = e.hear()
		}
		if err == nil && (int(*h.Received) != number || h.Error != "") {
			err = fmt.Errorf("answered %v", h)
		}
		return err
	}
}

// Mishaps are what may happen to a batch before it is sent again.
var mishaps = []struct {
	name   string
	happen func(c *walker, d door, number int, batch string)
}{
	{"none", func(c *walker, d door, number int, batch string) {}},
	{"request cut", func(c *walker, d door, number int, batch string) {
		conn := c.dial()
		request := d.request(c.session, number, batch)
		io.WriteString(conn, request[:len(request)-len(batch)/2])
		c.settle()
		conn.Close()
	}},
	{"answer lost", func(c *walker, d door, number int, batch string) {
		conn := c.dial()
		c.must(d.knock(conn, c.session, number, batch))
		conn.Close()
	}},
	{"answer lost, and nobody knows when", func(c *walker, d door, number int, batch string) {
		conn := c.dial()
		d.knock(conn, c.session, number, batch)
		conn.Close()
	}},
	{"doubled", func(c *walker, d door, number int, batch string) {
		one, other := d.knock(c.dial(), c.session, number, batch), d.knock(c.dial(), c.session, number, batch)
		if d.name == "POST" { // of two sockets the first one ends
			c.must(one)
		}
		c.must(other)
	}},
	{"late", func(c *walker, d door, number int, batch string) {
		for earlier := range number {
			wait := d.knock(c.dial(), c.session, earlier, `[{"path":"up","message":"again"}]`)
			if earlier > 0 {
				c.must(wait)
			} else if wait() == nil {
				c.t.Error("number 0 was taken")
			}
		}
	}},
	{"too early", func(c *walker, d door, number int, batch string) {
		if d.knock(c.dial(), c.session, number+1, batch)() == nil {
			c.t.Errorf("number %d was taken before number %d", number+1, number)
		}
	}},
}

// insist sends a batch until it is taken. That may take a few attempts, if a
// request from before comes later.
func (c *walker) insist(d door, number int, batch string) {
	c.t.Helper()
	err := d.knock(c.dial(), c.session, number, batch)()
	for tries := 1; err != nil && !c.fake && tries < 5; tries++ {
		err = d.knock(c.dial(), c.session, number, batch)()
	}
	if err != nil {
		c.t.Error(err)
	}
}

func (c *walker) must(wait func() error) {
	c.t.Helper()
	if err := wait(); err != nil {
		c.t.Error(err)
	}
}

// TestUpward sends batches up by each door, and again by each when something
// happened to them, on each carrier. Each is taken once and in order, and what is
// answered to the sender is heard, once and in order, over each transport.
func TestUpward(t *testing.T) {
	for _, on := range carriers {
		for _, down := range transports {
			for _, first := range doors {
				for _, second := range doors {
					for _, mishap := range mishaps {
						t.Run(fmt.Sprint(on.name, "/", down.name, "/", first.name, " then ", second.name, "/", mishap.name), func(t *testing.T) {
							var from atomic.Value
							h := &hall{answer: func(sender thestral.Thestral, path, message string) {
								from.Store(sender.(firenze.Session).ID())
								sender.Update(nil, path, message)
							}}
							on.run(t, firenze.Options{Incoming: h}, func(c *walker) {
								c.begin(down).Close()
								for number := 1; number <= 3; number++ {
									batch := fmt.Sprintf(`[{"path":"up","message":"%d"},{"path":"up","message":"%d"}]`, 2*number-1, 2*number)
									mishap.happen(c, first, number, batch)
									c.insist(second, number, batch)
								}
								c.told = 6
								c.hear(c.listen(down)).Close()
								h.want(t, numbers(1, 6)...)
								if id := idOf(c.session); from.Load() != id {
									t.Errorf("session %s sent it as %v", id, from.Load())
								}
							})
						})
					}
				}
			}
		}
	}
}
