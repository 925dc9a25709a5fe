package firenze

import (
	"net/http/httptest"
	"testing"

	"github.com/rootspush/roots/thestral"
)

// TestMovedMeanwhile: a request that found a session which then moved does nothing,
// in any transport, so that it can look for it again.
func TestMovedMeanwhile(t *testing.T) {
	f := New(new(numberer), Options{Incoming: thestral.Func(func(thestral.Thestral, string, string) {})})
	defer f.Close()
	c, err := f.begin(false)
	if err != nil {
		t.Fatal(err)
	}
	f.enter(c)
	_, forget, err := f.Release(c.id)
	if err != nil {
		t.Fatal(err)
	}
	defer forget()

	poll, events, socket := httptest.NewRequest("GET", "/", nil), httptest.NewRequest("GET", "/", nil), httptest.NewRequest("GET", "/", nil)
	socket.Header = map[string][]string{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	w := httptest.NewRecorder()
	for name, served := range map[string]bool{
		"poll": f.servePoll(w, poll, c, 0), "events": f.serveEvents(w, events, c, 0), "socket": f.serveSocket(w, socket, c, 0),
	} {
		if served {
			t.Errorf("%s: a session was served that is elsewhere", name)
		}
	}
	if w.Body.Len() > 0 || c.waiter != nil || f.Stats().Sessions != 1 {
		t.Errorf("%q was answered, and there are %d sessions", w.Body, f.Stats().Sessions)
	}
	if fault := c.post(nil, nil); fault != errElsewhere {
		t.Errorf("a post was answered %v", fault)
	}
}
