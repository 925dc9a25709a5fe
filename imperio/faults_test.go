package imperio_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// TestFaultsOf2009 holds the faults of the first version's text protocol, so
// that none comes back.
func TestFaultsOf2009(t *testing.T) {
	// sent returns what a server hears of input, given in two pieces.
	sent := func(t *testing.T, first, second string) *heard {
		receiver := new(heard)
		logged(t)
		synctest.Test(t, func(t *testing.T) {
			listener := newPipes()
			stop := serving(listener, receiver)
			client := listener.dial()
			io.WriteString(client, first)
			io.WriteString(client, second)
			synctest.Wait()
			stop()
		})
		return receiver
	}
	frame := func(path, message string) string { return string(imperio.AppendFrame(nil, path, message)) }

	t.Run("a line feed in a message forged another frame", func(t *testing.T) {
		sent(t, frame("chat", "hi\r\n::connect; EVIL->rights"), "").want(t, up("chat", "hi\r\n::connect; EVIL->rights"))
	})
	t.Run("a line feed in a path forged another frame", func(t *testing.T) {
		sent(t, frame("a\n::connect", "EVIL->rights"), "").want(t)
	})
	t.Run("a semicolon in a path forged a message", func(t *testing.T) {
		sent(t, frame("::connect; EVIL->rights", "x"), "").want(t, up("::connect; EVIL->rights", "x"))
	})
	t.Run("a second semicolon ended the message", func(t *testing.T) {
		sent(t, "tasks;hello;world\r\n", "").want(t, up("tasks", "hello;world"))
	})
	t.Run("a blank after the semicolon was part of the id", func(t *testing.T) {
		sent(t, "::connect; ID->p\r\n", "").want(t, up("::connect", "ID->p"))
	})
	t.Run("a message came back with another blank", func(t *testing.T) {
		sent(t, frame("p", " x"), frame("p", "")).want(t, up("p", " x"), up("p", ""))
	})
	t.Run("a line that ends in LF alone was no line", func(t *testing.T) {
		sent(t, "p; 1\n", "p; 2\n").want(t, up("p", "1"), up("p", "2"))
	})
	t.Run("what was received was buffered and never parsed", func(t *testing.T) {
		sent(t, "ta", "sks; hello\n").want(t, up("tasks", "hello"))
	})
	t.Run("a line without an end was buffered without a bound", func(t *testing.T) {
		sent(t, strings.Repeat("x", imperio.MaxLine), "\np; 1\n").want(t)
	})
	t.Run("half a line was an update", func(t *testing.T) {
		sent(t, "::gone; DOLORES-1", "").want(t)
	})
	t.Run("a browser could post commands", func(t *testing.T) {
		sent(t, "POST / HTTP/1.1\r\nHost: localhost:8007\r\n\r\n", "::connect;EVIL->rights\r\n").want(t)
	})
	t.Run("the receiver was ignored", func(t *testing.T) {
		receiver := new(heard)
		ask(receiver, "GET", "/p;m")
		receiver.want(t, up("p", "m"))
	})
	t.Run("an image tag sent commands", func(t *testing.T) {
		logged(t)
		receiver := new(heard)
		for _, header := range []string{"Sec-Fetch-Site: cross-site", "Referer: http://evil.example/", "Host: evil.example"} {
			ask(receiver, "GET", "/::connect;EVIL->rights", header)
		}
		receiver.want(t)
	})
	t.Run("a POST got no answer", func(t *testing.T) {
		logged(t)
		if w := ask(new(heard), "POST", "/p;m"); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("answer is %d, want 405", w.Code)
		}
	})
	t.Run("a message that could not be encoded stopped the log and all behind it", func(t *testing.T) {
		logged(t)
		log, receiver := thestral.NewQueue(imperio.NewLog(panicking{}), 10), new(heard)
		for _, delegate := range []thestral.Thestral{log, receiver} {
			delegate.Update(nil, "p", "\xff")
		}
		receiver.want(t, up("p", "\xff"))
		if err := log.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// panicking is a writer that can't encode.
type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("can't encode") }
