package main

import (
	"net"
	"strconv"
	"strings"
	"time"
)

// meanwhile is long enough for a connector to notice, if it looks at all, that a
// connection was closed. No answer of its depends on how long it is.
const meanwhile = 200 * time.Millisecond

// connectionRules are about connections, and the forms that answers have there.
var connectionRules = []rule{
	{"keep-alive", func(t *trial) {
		s := t.stage(takes, says(httpAnswer(400, `{"error":"no"}`)), takes)
		t.passes("update", "p", "1")
		t.fails(400, none, "update", "p", "2")
		t.passes("connect", id, []string{"p", "q"})
		for _, request := range t.asked(s, 3) {
			if request.conn != 0 {
				t.failf("3 calls took more than one connection")
			}
		}
	}},
	{"kept-closed", func(t *trial) {
		s := t.stage(cuts(httpAnswer(200, success)))
		for n := range 3 {
			t.passes("update", "p", strconv.Itoa(n))
			for end := time.Now().Add(patience); t.fault == nil && !s.hasClosed(n+1); time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.failf("the stage did not close connection %d", n)
				}
			}
			time.Sleep(meanwhile)
		}
		t.asked(s, 3)
	}},
	{"close-header", func(t *trial) {
		s := t.stage(says(httpAnswer(200, success, "Connection: close")), takes)
		t.passes("update", "p", "1")
		t.passes("update", "p", "2")
		if t.asked(s, 2)[1].conn == 0 {
			t.failf("the second call used the connection that was to be closed")
		}
	}},
	{"late", func(t *trial) {
		now, said := make(chan struct{}), make(chan struct{})
		const enough = 5 * time.Second // for the second call, on a busy machine too
		t.impatient(enough, late(httpAnswer(200, success), now, said), says(httpAnswer(400, `{"error":"the answer to the second"}`)))
		t.fails(none, none, "update", "p", "1")
		close(now)
		select {
		case <-said:
		case <-time.After(patience):
			t.failf("the first call did not reach the server")
		}
		t.fails(400, none, "update", "p", "2")
	}},
	{"chunked", func(t *trial) {
		const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		s := t.stage(
			says(head+"10\r\n"+success+"\r\n0\r\n\r\n"),
			says(head+"4;a=b\r\n"+success[:4]+"\r\n0000C\r\n"+success[4:]+"\r\n0\r\nX-Trailer: x\r\n\r\n"),
			drips(time.Millisecond, letters(head+"a\r\n"+success[:10]+"\r\n6\r\n"+success[10:]+"\r\n0\r\n\r\n")...),
			takes)
		for n := range 4 {
			t.passes("update", "p", strconv.Itoa(n))
		}
		t.asked(s, 4)
	}},
	{"until-close", func(t *trial) {
		for _, head := range []string{"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "HTTP/1.1 200\r\n\r\n"} {
			t.stage(cuts(head + success))
			t.passes("update", "p", "m")
			t.passes("update", "p", "m")
		}
	}},
	{"pieces", func(t *trial) {
		t.stage(drips(time.Millisecond, letters(httpAnswer(200, success))...))
		t.passes("update", "p", "m")
		t.passes("update", "p", "m")
	}},
	{"interim", func(t *trial) {
		answer := httpAnswer(400, `{"error":"the answer"}`)
		t.stage(says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer))
		t.tells("the answer", t.fails(400, none, "update", "p", "m"))
		t.tells("the answer", t.fails(400, none, "update", "p", "m"))
	}},
}

// listenUnix listens on a socket in a folder, and returns its base URL.
func listenUnix(folder string) (net.Listener, string, error) {
	path := strings.TrimSuffix(folder, "/") + "/dudley.sock"
	listener, err := net.Listen("unix", path)
	return listener, "unix:" + path, err
}
