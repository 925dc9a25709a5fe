package firenze_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/thestral"
)

// TestVanish: a client whose connection ends, or breaks, is noticed at once, and
// its absence counts from then. A later sign of life could not be missed sooner
// than after 15 seconds.
func TestVanish(t *testing.T) {
	t.Run("parked", func(t *testing.T) { vanish(t, newSite(t, firenze.Options{Absence: absence})) })
	t.Run("unparked", func(t *testing.T) { vanish(t, newSite(t, firenze.Options{Absence: absence}, unparked)) })
}

const absence = 2 * time.Second

// endings are the ways to vanish.
var endings = map[string]func(*net.TCPConn){
	"closed": func(c *net.TCPConn) { c.Close() },
	"half":   func(c *net.TCPConn) { c.CloseWrite() },
	"reset":  func(c *net.TCPConn) { c.SetLinger(0); c.Close() },
}

func vanish(t *testing.T, s *site) {
	ended := s.noteEnds()
	var stay []*caller
	leave := map[string][]*caller{}
	for _, way := range ways {
		for ending := range endings {
			leave[ending] = append(leave[ending], s.wait(way))
		}
		stay = append(stay, s.wait(way))
	}
	s.waitForAttached(len(ways) * (len(endings) + 1))

	start := time.Now()
	for ending, callers := range leave {
		for _, c := range callers {
			endings[ending](c.Conn.(*net.TCPConn))
		}
	}
	s.waitForAttached(len(stay))
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v to notice that they are gone", took)
	}
	for ending, callers := range leave {
		for _, c := range callers {
			if away := (<-ended(c)).Sub(start); away < absence {
				t.Errorf("by %s, %s: the session ended after %v, which is too soon", c.way, ending, away)
			}
		}
	}
	for _, c := range stay {
		s.tell(c.reconnectWith, "hello")
		got, err := c.next()
		if diff := cmp.Diff(updates("p", "hello"), got); err != nil || diff != "" {
			t.Errorf("by %s: who stayed got (-want +got): %v\n%s", c.way, err, diff)
		}
	}
}

// wait begins a session that waits for something to say.
func (s *site) wait(way string) *caller {
	s.t.Helper()
	c := s.call(way)
	if way == byPoll {
		if err := c.ask(); err != nil {
			s.t.Fatal(err)
		}
	}
	return c
}

// noteEnds returns what tells when the session of a client ended.
func (s *site) noteEnds() func(*caller) chan time.Time {
	var mu sync.Mutex
	ends := map[string]chan time.Time{}
	of := func(id string) chan time.Time {
		mu.Lock()
		defer mu.Unlock()
		if ends[id] == nil {
			ends[id] = make(chan time.Time, 1)
		}
		return ends[id]
	}
	s.pig.On(thestral.Gone, direct(func(_, id string) { of(id) <- time.Now() }))
	return func(c *caller) chan time.Time { return of(idOf(c.reconnectWith)) }
}
