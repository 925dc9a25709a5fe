package firenze_test

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/websocket"
)

// streams are the transports whose answers go on.
var streams = []transport{events, webSocket}

// A follower hears all that comes to an ear, in a bubble, until that ends.
type follower struct {
	*ear
	t     *testing.T
	start time.Time
	mute  bool // it answers no pings

	mu sync.Mutex // guards what is below
	account
}

// An account is what a follower can tell.
type account struct {
	all     []string // messages
	session string
	beats   []time.Duration // when comments or pings came
	ended   time.Duration
	err     error // why it ended; nil before
}

func (c *walker) follow(t transport, session string) *follower {
	return c.followMutely(t, session, false)
}

func (c *walker) followMutely(t transport, session string, mute bool) *follower {
	l := &follower{ear: t.listen(c.dial(), session), t: c.t, start: time.Now(), mute: mute}
	go l.run()
	c.settle()
	return l
}

// tell is what it can tell now.
func (l *follower) tell() account {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.account
}

func (l *follower) run() {
	for err := error(nil); err == nil; {
		h, beat, next := l.step()
		l.mu.Lock()
		switch err = next; {
		case err != nil:
			l.err, l.ended = err, time.Since(l.start)
		case beat:
			l.beats = append(l.beats, time.Since(l.start))
		default:
			l.account.session = h.ReconnectWith
			for _, u := range h.Updates {
				l.all = append(l.all, u.Message)
			}
		}
		l.mu.Unlock()
	}
	l.Close()
}

func (l *follower) step() (h heard, beat bool, err error) {
	switch {
	case l.name == webSocket.name:
		return l.stepFrame()
	case l.stream == nil:
		h, err = l.hear()
		return h, false, err
	}
	event, err := l.nextLines()
	if err == nil && event[""] == "" {
		err = h.ofEvent(event)
	}
	return h, event[""] != "", err
}

func (l *follower) stepFrame() (h heard, beat bool, err error) {
	op, payload, err := l.readFrame()
	switch {
	case err != nil:
	case op == websocket.Ping && l.mute:
	case op == websocket.Ping:
		l.send(websocket.Pong, string(payload))
	default:
		err = h.decode(payload)
	}
	return h, op == websocket.Ping, err
}

// want checks what came so far, and that the stream goes on.
func (l *follower) want(messages ...string) {
	l.t.Helper()
	got := l.tell()
	if diff := cmp.Diff(messages, got.all); diff != "" || got.err != nil {
		l.t.Errorf("messages (-want +got), ended with %v:\n%s", got.err, diff)
	}
}

// wantEnd checks that the stream ended after a time, a WebSocket with a code, and
// what came until then.
func (l *follower) wantEnd(after time.Duration, code websocket.Code, messages ...string) {
	l.t.Helper()
	var c closed
	got := l.tell()
	if diff := cmp.Diff(messages, got.all); diff != "" {
		l.t.Errorf("messages (-want +got):\n%s", diff)
	}
	if got.err == nil || got.ended != after {
		l.t.Errorf("it ended with %v after %v, it should after %v", got.err, got.ended, after)
	}
	if errors.As(got.err, &c); l.name == webSocket.name && c.code != code || l.name == events.name && got.err != io.EOF {
		l.t.Errorf("it ended with %v, it should with %d", got.err, code)
	}
}

// eachStream runs a test in a bubble with each kind of stream.
func eachStream(t *testing.T, options firenze.Options, test func(*walker, transport)) {
	for _, s := range streams {
		t.Run(s.name, func(t *testing.T) { onPipes(t, options, func(c *walker) { test(c, s) }) })
	}
}

// TestBeats come as often as promised, and a stream that is quiet for hours stays.
func TestBeats(t *testing.T) {
	pauses := map[string]time.Duration{events.name: comment, webSocket.name: ping}
	eachStream(t, firenze.Options{}, func(c *walker, s transport) {
		l := c.follow(s, c.open())
		pass(3*time.Hour - 1)
		if got, want := len(l.tell().beats), int((3*time.Hour-1)/pauses[s.name]); got != want {
			c.t.Errorf("%d beats in three hours instead of %d", got, want)
		}
		for i, at := range l.tell().beats {
			if at != time.Duration(i+1)*pauses[s.name] {
				c.t.Fatalf("beat %d came after %v", i+1, at)
			}
		}
		c.rig.tell(l.tell().session, "1")
		l.want("1")
	})
}

// TestBeatsGoOnBetweenMessages, which do not put them off.
func TestBeatsGoOnBetweenMessages(t *testing.T) {
	eachStream(t, firenze.Options{}, func(c *walker, s transport) {
		l := c.follow(s, c.open())
		for range 100 {
			c.rig.tell(l.tell().session, "m")
			pass(time.Second)
		}
		if len(l.tell().beats) < 4 {
			c.t.Errorf("%d beats came in 100 seconds", len(l.tell().beats))
		}
	})
}

// TestMuteSocket: a client that answers no ping is cut at the second, and its
// session is over after the absence.
func TestMuteSocket(t *testing.T) {
	onPipes(t, firenze.Options{}, func(c *walker) {
		l := c.followMutely(webSocket, c.open(), true)
		pass(2*ping - 1)
		l.want()
		pass(1)
		if got := l.tell(); got.err != io.EOF || got.ended != 2*ping || len(got.beats) != 1 {
			c.t.Errorf("it ended with %v after %v and %d pings", got.err, got.ended, len(got.beats))
		}
		pass(firenze.Absence - 1)
		if !c.alive(l.tell().session) {
			c.t.Error("the session is over too early")
		}
		pass(firenze.Tick + 1)
		if c.alive(l.tell().session) {
			c.t.Error("the session lives too long")
		}
	})
}

// TestAnyFrameIsASignOfLife, not a pong alone.
func TestAnyFrameIsASignOfLife(t *testing.T) {
	onPipes(t, firenze.Options{}, func(c *walker) {
		l := c.followMutely(webSocket, c.open(), true)
		for range 10 {
			pass(ping - 1)
			l.send(websocket.Text, "{}")
			pass(1)
		}
		l.want()
	})
}

// TestStreamEnds says how each stream ends, when, and that what was queued is
// delivered first.
func TestStreamEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(c *walker, session string)
		code websocket.Code
		want []string
	}{
		"good-bye":           {func(c *walker, session string) { c.ask("DELETE", "/"+session) }, 1000, nil},
		"superseded":         {func(c *walker, session string) { c.poll(session) }, 1000, nil},
		"superseded by SSE":  {func(c *walker, session string) { c.follow(events, session) }, 1000, nil},
		"by a WebSocket":     {func(c *walker, session string) { c.follow(webSocket, session) }, 1000, nil},
		"drain":              {func(c *walker, session string) { c.Drain() }, 1001, nil},
		"drain with a queue": {func(c *walker, session string) { c.tell(3, 0); c.Drain() }, 1001, numbers(1, 3)},
		"overflow":           {func(c *walker, session string) { c.rig.tell(session, strings.Repeat("m", firenze.MaxBytes)) }, 1000, nil},
	} {
		t.Run(name, func(t *testing.T) {
			eachStream(t, firenze.Options{}, func(w *walker, s transport) {
				w.session = w.open()
				l := w.follow(s, w.session)
				pass(time.Second)
				c.end(w, w.session)
				l.wantEnd(time.Second, c.code, c.want...)
			})
		})
	}
}

// TestDrainDeliversMuch, which is written in several pieces.
func TestDrainDeliversMuch(t *testing.T) {
	eachStream(t, firenze.Options{}, func(c *walker, s transport) {
		c.session = c.open()
		c.tell(10, 60_000)
		l := s.listen(c.dial(), c.session)
		synctest.Wait()
		c.Drain()
		for c.heard < 10 {
			h, err := l.hear()
			if err != nil {
				c.t.Fatalf("after message %d: %v", c.heard, err)
			}
			c.take(h)
		}
		if _, err := l.hear(); err == nil {
			c.t.Error("it goes on")
		}
	})
}

// TestCloseEndsStreams, also those whose clients read nothing, or leave a
// good-bye unanswered, within the time for that.
func TestCloseEndsStreams(t *testing.T) {
	eachStream(t, firenze.Options{}, func(c *walker, s transport) {
		for range 10 {
			l := c.follow(s, c.open())
			defer l.wantEnd(time.Second, 1001, "1")
			c.rig.tell(l.tell().session, "1")
			s.listen(c.dial(), c.open()) // and not a byte is read
		}
		pass(time.Second)
		start := time.Now()
		c.Close()
		if took := time.Since(start); took > 2*firenze.WriteTimeout {
			c.t.Errorf("it took %v", took)
		}
		if got := c.Stats().Sessions; got != 0 {
			c.t.Errorf("%d sessions are left", got)
		}
	})
}

// TestStalledStream costs nobody but its client: it is cut after the time for
// writing, and what it did not take is still there.
func TestStalledStream(t *testing.T) {
	eachStream(t, firenze.Options{}, func(c *walker, s transport) {
		e := c.begin(s)
		c.tell(12, 60_000)
		other := c.follow(s, c.open())
		c.rig.tell(other.tell().session, "1")
		other.want("1")
		pass(firenze.WriteTimeout + 1)
		c.rig.tell(other.tell().session, "2")
		other.want("1", "2")
		if _, err := io.Copy(io.Discard, e.Conn); err != nil {
			c.t.Errorf("the connection ended with %v", err)
		}
		c.hear(c.listen(s))
	})
}

// TestNoPlace: who asks for a new session when there is none to have is refused, on
// each transport, and those who are in are not.
func TestNoPlace(t *testing.T) {
	for _, s := range transports {
		t.Run(s.name, func(t *testing.T) {
			onPipes(t, firenze.Options{MaxSessions: 1}, func(c *walker) {
				c.begin(s)
				for _, session := range []string{"", idOf(c.session) + "/KEY-0", "nobody/KEY-0"} {
					if _, err := s.listen(c.dial(), session).hear(); err == nil || !strings.HasPrefix(err.Error(), "answered 503 ") {
						c.t.Errorf("%q is answered %v", session, err)
					}
				}
				c.tell(1, 0)
				c.hear(c.listen(s))
			})
		})
	}
}

// TestNewSession begins, on each transport, for those who ask for one that is over,
// that nobody knows, or with a wrong key.
func TestNewSession(t *testing.T) {
	for _, on := range carriers {
		for _, s := range transports {
			t.Run(on.name+"/"+s.name, func(t *testing.T) {
				on.run(t, firenze.Options{}, func(c *walker) {
					over := c.open()
					c.ask("DELETE", "/"+over)
					known := c.open()
					c.rig.tell(known, "private")
					for _, session := range []string{over, "nobody/KEY-0", "//", idOf(known) + "/KEY-1", withNumber(known, "1")[:len(known)-4] + "-1"} {
						h, err := s.listen(c.dial(), session).hear()
						if err != nil || len(h.Updates) > 0 || idOf(h.ReconnectWith) == idOf(known) || !c.alive(h.ReconnectWith) {
							c.t.Errorf("%q is answered %v (%v)", session, h, err)
						}
					}
				})
			})
		}
	}
}

// TestLatestOnStreams: a session that keeps the latest of each path is begun on
// each transport.
func TestLatestOnStreams(t *testing.T) {
	for _, s := range transports {
		t.Run(s.name, func(t *testing.T) {
			onPipes(t, firenze.Options{}, func(c *walker) {
				h, err := s.listen(c.dial(), "?latest").hear()
				if err != nil {
					c.t.Fatal(err)
				}
				c.session, c.told, c.heard = h.ReconnectWith, 0, 2
				c.poll(c.session).cancel() // takes the place of the stream
				c.tell(3, 0)
				c.hear(c.listen(s))
			})
		})
	}
}
