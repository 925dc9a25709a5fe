package firenze_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/websocket"
)

// What was written to a stream and is not confirmed is kept for the case that it
// breaks, as long as there is room, the oldest forgotten first.

// rooms are bounds that have room for three messages.
var rooms = map[string]firenze.Options{
	"messages": {MaxMessages: 3},
	"bytes":    {MaxBytes: 3 * (frameSize + 1)},
}

// eachRoom runs a test with each stream and each bound.
func eachRoom(t *testing.T, test func(*walker, transport)) {
	for name, options := range rooms {
		t.Run(name, func(t *testing.T) { eachStream(t, options, test) })
	}
}

// written gives messages to a stream one by one, so that none waits, and ends it.
func (c *walker) written(s transport, messages ...string) {
	l := c.follow(s, c.session)
	for i, m := range messages {
		c.rig.tell(c.session, m)
		l.want(messages[:i+1]...)
	}
	l.Close()
	synctest.Wait()
}

// TestUnconfirmedIsKept while there is room: N messages, and not the first of N+1.
func TestUnconfirmedIsKept(t *testing.T) {
	eachRoom(t, func(c *walker, s transport) {
		c.session = c.open()
		c.written(s, numbers(1, 3)...)
		c.follow(s, c.session).want(numbers(1, 3)...)

		c.session = c.open()
		c.written(s, numbers(1, 4)...)
		c.poll(withNumber(c.session, "1")).want(0, numbers(2, 4)...)

		c.session = c.open()
		c.written(s, numbers(1, 4)...)
		c.poll(c.session).wantNew(c.session)
	})
}

// TestUnconfirmedNeverOverflows: a stream that confirms nothing goes on for ever.
func TestUnconfirmedNeverOverflows(t *testing.T) {
	eachRoom(t, func(c *walker, s transport) {
		l := c.follow(s, c.open())
		for i := 1; i <= 50; i++ {
			c.rig.tell(l.tell().session, "m")
			pass(10 * time.Second)
		}
		if got := l.tell(); got.err != nil || len(got.all) != 50 || c.Stats().Overflowed != 0 {
			c.t.Errorf("it ended with %v after %d messages", got.err, len(got.all))
		}
	})
}

// TestUnsentOverflows: what was not written yet, since the client does not read, is
// forgotten never. With one more than there is room for the session is over.
func TestUnsentOverflows(t *testing.T) {
	for more, alive := range map[int]bool{3: true, 4: false} {
		eachStream(t, firenze.Options{MaxMessages: 3}, func(c *walker, s transport) {
			e := s.listen(c.dial(), c.open()) // not a byte is read, so it can't even write the first
			synctest.Wait()
			c.rig.tell(e.session, numbers(1, more)...)
			pass(firenze.Tick)
			if c.alive(e.session) != alive {
				c.t.Errorf("with %d messages unsent the session goes on: %v", more, !alive)
			}
		})
	}
}

// TestUnconfirmedIsForgottenByAge, and the session goes on.
func TestUnconfirmedIsForgottenByAge(t *testing.T) {
	for after, kept := range map[time.Duration]bool{firenze.MaxAge - 2*firenze.Tick: true, firenze.MaxAge + 2*firenze.Tick: false} {
		eachStream(t, firenze.Options{}, func(c *walker, s transport) {
			session := c.open()
			l := c.follow(s, session)
			c.rig.tell(session, "1")
			pass(after)
			l.want("1")
			p := c.poll(session)
			if kept {
				p.want(0, "1")
			} else {
				p.wantNew(session)
				c.poll(withNumber(session, "1")).wantWaiting()
			}
		})
	}
}

// TestStaleRequestDisturbsNobody: one that comes from before what is kept gets a new
// session, on each transport, and the stream of the old one goes on.
func TestStaleRequestDisturbsNobody(t *testing.T) {
	for _, late := range transports {
		t.Run(late.name, func(t *testing.T) {
			eachStream(t, firenze.Options{MaxMessages: 3}, func(c *walker, s transport) {
				session := c.open()
				l := c.follow(s, session)
				for _, m := range numbers(1, 4) {
					c.rig.tell(session, m)
					synctest.Wait()
				}
				h, err := late.listen(c.dial(), session).hear()
				if err != nil || idOf(h.ReconnectWith) == idOf(session) || len(h.Updates) > 0 {
					t.Errorf("answered %v (%v)", h, err)
				}
				c.rig.tell(session, "5")
				l.want(numbers(1, 5)...)
			})
		})
	}
}

// TestConfirmFrees what was kept: then nothing has to be forgotten to make room.
func TestConfirmFrees(t *testing.T) {
	for name, c := range map[string]struct {
		confirm func(session string) string
		freed   bool
	}{
		"all":             {func(s string) string { return withNumber(s, "3") }, true},
		"some":            {func(s string) string { return withNumber(s, "2") }, false},
		"too much":        {func(s string) string { return withNumber(s, "4") }, false},
		"a wrong key":     {func(s string) string { return idOf(s) + "/KEY-3" }, false},
		"another session": {func(s string) string { return "x" + withNumber(s, "3") }, false},
		"no token":        {func(string) string { return "3" }, false},
		"no number":       {func(s string) string { return withNumber(s, "x") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			onPipes(t, firenze.Options{MaxMessages: 3}, func(w *walker) {
				session := w.open()
				l := w.follow(webSocket, session)
				for _, m := range numbers(1, 3) {
					w.rig.tell(session, m)
					synctest.Wait()
				}
				l.send(websocket.Text, `{"confirm":"`+c.confirm(session)+`"}`)
				synctest.Wait()
				l.Close()
				synctest.Wait()
				w.rig.tell(session, numbers(4, 6)...) // which takes the place of what is kept
				if p := w.poll(session); c.freed {
					p.want(0, numbers(4, 6)...)
				} else {
					p.wantNew(session) // 3 was forgotten, and the client did not say that it has it
				}
			})
		})
	}
}

// TestMuchIsWrittenInPieces: a client that takes little leaves little lying.
func TestMuchIsWrittenInPieces(t *testing.T) {
	eachStream(t, firenze.Options{}, func(c *walker, s transport) {
		c.session = c.open()
		c.tell(15, 60_000)
		e := c.listen(s)
		for c.heard < c.told {
			h, err := e.hear()
			if err != nil {
				c.t.Fatal(err)
			}
			if c.take(h); len(h.Updates) > 2 {
				c.t.Errorf("%d messages of 60,000 bytes came at once", len(h.Updates))
			}
		}
		if !strings.HasSuffix(c.session, "-15") {
			c.t.Errorf("it ends with %s", c.session)
		}
	})
}
