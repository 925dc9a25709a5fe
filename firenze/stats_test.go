package firenze_test

import (
	"fmt"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/websocket"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// eachWay runs a test on each carrier with each transport.
func eachWay(t *testing.T, test func(*walker, transport)) {
	for _, carrier := range carriers {
		for _, way := range transports {
			t.Run(carrier.name+" "+way.name, func(t *testing.T) {
				carrier.run(t, firenze.Options{}, func(c *walker) { test(c, way) })
			})
		}
	}
}

var kinds = map[string]firenze.Transport{
	longPoll.name: firenze.LongPoll, events.name: firenze.ServerSentEvents, webSocket.name: firenze.WebSocket,
}

// wantCensus waits for it. In fake time all has settled.
func (c *walker) wantCensus(want firenze.Census) {
	c.t.Helper()
	var diff string
	for range 10_000 {
		c.settle()
		if diff = cmp.Diff(want, c.Census()); diff == "" || c.fake {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if diff != "" {
		c.t.Errorf("census (-want +got):\n%s", diff)
	}
}

// by returns a census of one session.
func by(transport firenze.Transport, messages ...string) (all firenze.Census) {
	all.Transports[transport] = 1
	all.Messages, all.Longest = len(messages), len(messages)
	for _, m := range messages {
		all.Bytes += len(fmt.Sprintf(`{"path":"p","message":"%s"}`, m))
	}
	return all
}

func TestCensus(t *testing.T) {
	eachWay(t, func(c *walker, way transport) {
		e := c.begin(longPoll)
		c.wantCensus(by(firenze.NoTransport))
		c.rig.tell(c.session, "1", "2", "three")
		c.wantCensus(by(firenze.NoTransport, "1", "2", "three"))
		e.Close()
		c.told = 3
		e = c.listen(way)
		if h, err := e.hear(); err != nil || way.name != events.name && len(h.Updates) != 3 {
			t.Fatalf("heard %v (%v)", h, err)
		}
		if way.name == longPoll.name { // what was answered is kept until it is confirmed
			c.wantCensus(by(firenze.NoTransport, "1", "2", "three"))
			e.ask()
		}
		c.wantCensus(by(kinds[way.name]))
		e.Close()
		c.wantCensus(by(firenze.NoTransport))
	})
}

func TestTransportNames(t *testing.T) {
	got := fmt.Sprint(firenze.NoTransport, firenze.LongPoll, firenze.ServerSentEvents, firenze.WebSocket)
	if got != "none long-poll sse websocket" {
		t.Error(got)
	}
}

func TestSent(t *testing.T) {
	eachWay(t, func(c *walker, way transport) {
		const count, size = 20, 100
		e := c.begin(way)
		c.tell(count, size)
		e = c.hear(e)
		got := c.Traffic()
		if c.broken > 0 {
			t.Skip("a request came late, so that messages were sent twice")
		}
		blanks := strings.Repeat(" ", size)
		bytes := 9*by(kinds[way.name], "1"+blanks).Bytes + 11*by(kinds[way.name], "20"+blanks).Bytes
		if got.Sent != count || got.SentBytes != uint64(bytes) {
			t.Errorf("%d messages of %d bytes are counted instead of %d of %d", got.Sent, got.SentBytes, count, bytes)
		}
		if answers := got.Delivery.Count; answers < 1 || answers > count {
			t.Errorf("%d answers are counted", answers)
		}
		e.Close()
	})
}

// wantTimes checks a histogram: how many there are, in seconds how long all of
// them took, and how many took no longer than a bound.
func wantTimes(t *testing.T, h firenze.Histogram, count uint64, sum float64, upTo time.Duration, below uint64) {
	t.Helper()
	if h.Count != count || math.Abs(h.Sum-sum) > 1e-9 {
		t.Errorf("%d times of %v s in all, instead of %d of %v s", h.Count, h.Sum, count, sum)
	}
	for _, b := range h.Buckets {
		if b.UpTo == upTo && b.Count != below {
			t.Errorf("%d are up to %v instead of %d", b.Count, b.UpTo, below)
		}
	}
}

// TestDeliveryTime is that of the oldest message, and goes on while nobody is
// there to take it.
func TestDeliveryTime(t *testing.T) {
	for _, way := range transports {
		t.Run(way.name, func(t *testing.T) {
			onPipes(t, firenze.Options{}, func(c *walker) {
				c.begin(longPoll).Close()
				pass(100 * time.Millisecond)
				c.tell(1, 0)
				pass(40 * time.Millisecond)
				c.tell(1, 0)
				pass(30 * time.Millisecond)
				e := c.hear(c.listen(way))
				wantTimes(t, c.Traffic().Delivery, 1, 0.070, 50*time.Millisecond, 0)
				wantTimes(t, c.Traffic().Delivery, 1, 0.070, 100*time.Millisecond, 1)
				if way.name != longPoll.name {
					c.tell(1, 0) // is written while the stream is open
					e = c.hear(e)
					wantTimes(t, c.Traffic().Delivery, 2, 0.070, time.Millisecond, 1)
				}
				e.Close()
			})
		})
	}
}

// TestDeliveryTimeOfEqualMessages: one that is published anew is young, one that
// takes long to go around is not.
func TestDeliveryTimeOfEqualMessages(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		one, other := r.open(), r.open()
		pass(50 * time.Millisecond)
		for range 3 {
			p := r.poll(one)
			r.tell(one, "same")
			pass(0)
			one = p.want(0, "same")
			pass(200 * time.Millisecond)
		}
		wantTimes(t, r.Traffic().Delivery, 3, 0, time.Millisecond, 3)
		p := r.poll(other)
		r.tell(other, "same")
		pass(0)
		p.want(0, "same")
		wantTimes(t, r.Traffic().Delivery, 4, 0.2, 100*time.Millisecond, 3)
	})
}

func TestHoldTime(t *testing.T) {
	bubble(t, firenze.Options{Delay: 250 * time.Millisecond}, func(t *testing.T, r *rig) {
		session := r.open()
		p := r.poll(session)
		pass(1600 * time.Millisecond)
		r.tell(session, "1")
		pass(250 * time.Millisecond)
		session = p.want(1850*time.Millisecond, "1")
		wantTimes(t, r.Traffic().Hold, 1, 1.85, time.Second, 0)
		r.tell(session, "2")
		session = r.poll(session).want(0, "2")
		wantTimes(t, r.Traffic().Hold, 2, 1.85, 10*time.Millisecond, 1)
		p = r.poll(session)
		pass(firenze.DefaultHold)
		p.want(firenze.DefaultHold)
		wantTimes(t, r.Traffic().Hold, 3, 31.85, 25*time.Second, 2)
	})
}

// TestHoldTimeOfParkedPolls is measured for each poll of a connection alone.
func TestHoldTimeOfParkedPolls(t *testing.T) {
	const waits, each = 3, 20 * time.Millisecond
	onSockets(t, firenze.Options{RepeatsSkipMiddleware: true}, func(c *walker) {
		e := c.begin(longPoll)
		var most time.Duration
		for range waits {
			time.Sleep(each) // is not a part of it
			start := time.Now()
			e.ask()
			c.wantCensus(by(firenze.LongPoll))
			time.Sleep(each)
			c.tell(1, 0)
			e = c.hear(e)
			most += time.Since(start)
		}
		if h := c.Traffic().Hold; h.Count != waits || h.Sum < (waits*each).Seconds() || h.Sum > most.Seconds() {
			t.Errorf("%d polls waited for %v s in all, of %v", h.Count, h.Sum, most)
		}
	})
}

// TestReceived: what is sent up is counted once, and what is wrong with it.
func TestReceived(t *testing.T) {
	const batch, bad = `[{"path":"up","message":"1"},{"path":"up","message":"2"}]`, `[{"path":""}]`
	for _, d := range doors {
		t.Run(d.name, func(t *testing.T) {
			onPipes(t, firenze.Options{Incoming: new(thestraltest.Recorder)}, func(c *walker) {
				c.begin(longPoll).Close()
				for range 2 { // the second time it is known
					c.must(d.knock(c.dial(), c.session, 1, batch))
				}
				if d.knock(c.dial(), c.session, 3, batch)() == nil {
					t.Error("post 3 was taken before post 2")
				}
				if d.knock(c.dial(), c.session, 2, bad)() == nil {
					t.Error("a bad batch was taken")
				}
				bytes := 3*len(batch) + len(bad)
				if d.name == "frame" {
					bytes += 4 * len(`{"updates":,"number":1}`)
				}
				got := c.Traffic()
				got.Hold, got.Delivery = firenze.Histogram{}, firenze.Histogram{}
				want := firenze.Traffic{Received: 2, ReceivedBytes: uint64(bytes), Refused: 1, Malformed: 1}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("traffic (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		request            string // SESSION is ID/TOKEN, ID and KEY are its parts
		options            firenze.Options
		refused, malformed uint64
	}{
		{"GET /SESSION", firenze.Options{Hold: time.Second}, 0, 0},
		{"GET /nobody/KEY-0", firenze.Options{}, 0, 0},
		{"GET /ID/wrong-0", firenze.Options{}, 1, 0},
		{"GET /KEY/ID", firenze.Options{}, 0, 0},
		{"GET /favicon.ico", firenze.Options{}, 1, 0},
		{"PUT /SESSION", firenze.Options{}, 1, 0},
		{"POST /SESSION", firenze.Options{}, 1, 0},
		{"POST /SESSION", firenze.Options{Incoming: new(thestraltest.Recorder)}, 0, 1},
		{"GET /", firenze.Options{MaxSessions: 1}, 1, 0},
	} {
		bubble(t, c.options, func(t *testing.T, r *rig) {
			session := r.open()
			id, token, _ := strings.Cut(session, "/")
			key, _, _ := strings.Cut(token, "-")
			method, target, _ := strings.Cut(strings.NewReplacer("SESSION", session, "ID", id, "KEY", key).Replace(c.request), " ")
			r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, target, strings.NewReader("x")))
			if got := r.Traffic(); got.Refused != c.refused || got.Malformed != c.malformed {
				t.Errorf("%s: %d are refused and %d malformed, instead of %d and %d", c.request, got.Refused, got.Malformed, c.refused, c.malformed)
			}
		})
	}
}

// TestRefusedSockets: a page from elsewhere, a handshake that is none, and a frame
// that is none.
func TestRefusedSockets(t *testing.T) {
	onPipes(t, firenze.Options{}, func(c *walker) {
		for i, header := range []string{"Origin: https://evil.example\r\n", "Sec-WebSocket-Version: 7\r\n"} {
			way := webSocket
			way.header, way.status = strings.Replace(upgrade, "Sec-WebSocket-Version: 13\r\n", header, 1), 0
			if i == 0 {
				way.header = upgrade + header
			}
			if _, err := c.listen(way).hear(); err == nil {
				t.Errorf("%s is let in", header)
			}
		}
		if got := c.Traffic(); got.Refused+got.Malformed != 2 {
			t.Errorf("%d are refused and %d malformed", got.Refused, got.Malformed)
		}
		e := c.begin(webSocket)
		e.send(websocket.Text, "garbage")
		if h, err := e.hear(); err != nil || h.Error == "" {
			t.Errorf("garbage is answered %v (%v)", h, err)
		}
		if got := c.Traffic(); got.Refused+got.Malformed != 3 || got.Malformed < 1 {
			t.Errorf("%d are refused and %d malformed", got.Refused, got.Malformed)
		}
	})
}
