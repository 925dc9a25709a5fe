package pomona_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
)

// storms runs test in bubbles.
func storms(t *testing.T, test func(t *testing.T, l *luck)) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	for seed := range uint64(10) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, &luck{random: rand.New(rand.NewPCG(seed, 0))}) })
		})
	}
}

// TestStormOfFaults: each request meets a fault at random, and the session is
// lost now and then. Between two empty messages no message may be missed, doubled
// or out of order, and when all works again the latest must come.
func TestStormOfFaults(t *testing.T) {
	used := map[pomona.Transport]int{}
	storms(t, func(t *testing.T, l *luck) {
		m := newModel(t, func(pomona.Transport) fault { return allFaults[l.below(len(allFaults))] })
		c, end := m.client(pomona.Options{})
		defer end()
		steady := &counting{t: t}
		c.On("a", steady)
		for i := range 2000 {
			if l.below(400) == 0 {
				m.lose()
			}
			m.publish("a", strconv.Itoa(i))
			time.Sleep(l.time(time.Second))
		}
		m.setFault(all(works))
		time.Sleep(10 * time.Minute)
		if last, loads := steady.now(); last != 1999 || loads < 2 {
			t.Errorf("the last message was %d of 1999, after %d loads", last, loads)
		}
		for _, kind := range m.requests() {
			used[kind]++
		}
	})
	if len(used) != 3 {
		t.Errorf("only %v were used", used)
	}
}

// TestStormOfConnections does the same with the real server, and connections that
// are cut or go dead after some time or some bytes.
func TestStormOfConnections(t *testing.T) {
	used := map[pomona.Transport]int{}
	storms(t, func(t *testing.T, l *luck) {
		d := new(dolores.Dolores)
		p := pig.New(d, pig.Options{})
		d.Delegate(p)
		f := firenze.New(d, firenze.Options{})
		defer f.Close()
		m := newModel(t, func(pomona.Transport) fault {
			if !l.isGood() && l.below(4) == 0 {
				return []fault{refuses, neverOpens}[l.below(2)]
			}
			return works
		})
		m.serve = func(w http.ResponseWriter, r *http.Request) {
			m.begin(w, r, kindOf(r), func(fault) { http.StripPrefix("/comet", f).ServeHTTP(w, r) })
		}
		m.wrap = l.wrap
		lost := 0
		c, end := m.client(pomona.Options{
			Lost: func() { lost++ },
			Connect: func(_ context.Context, id string, paths []string) error {
				for _, path := range paths {
					_ = p.Connect(id, path) // the session may be over
				}
				return nil
			},
		})
		defer end()
		steady := &counting{t: t}
		c.On("a", steady)
		for i := range 2000 {
			d.Update(nil, "a", strconv.Itoa(i))
			time.Sleep(l.time(500 * time.Millisecond))
		}
		l.turn()
		time.Sleep(10 * time.Minute)
		d.Update(nil, "a", "2000")
		time.Sleep(time.Minute)
		if last, loads := steady.now(); last != 2000 || loads < 1 || loads > lost+1 {
			t.Errorf("the last message was %d of 2000, after %d loads and %d lost sessions", last, loads, lost)
		}
		for _, kind := range m.requests() {
			used[kind]++
		}
	})
	if len(used) != 3 {
		t.Errorf("only %v were used", used)
	}
}

// luck is random numbers, and connections that end at random.
type luck struct {
	mu     sync.Mutex // guards all below
	random *rand.Rand
	good   bool // nothing happens any more
}

func (l *luck) below(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.random.IntN(n)
}

func (l *luck) time(most time.Duration) time.Duration { return time.Duration(l.below(int(most))) }

// turn makes it good.
func (l *luck) turn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.good = true
}

func (l *luck) isGood() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.good
}

func (l *luck) wrap(c net.Conn) net.Conn {
	if l.isGood() {
		return c
	}
	doomed := &doomedConn{Conn: c, bytes: l.below(20000), dead: l.below(2) == 0}
	doomed.cut = time.AfterFunc(l.time(2*time.Minute), func() { c.Close() })
	return doomed
}

// doomedConn ends after some bytes. If it is dead then, it does not say so.
type doomedConn struct {
	net.Conn
	bytes int
	dead  bool
	cut   *time.Timer
}

func (c *doomedConn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		c.bytes -= n
		if c.bytes >= 0 || err != nil {
			return n, err
		}
		if !c.dead {
			c.Conn.Close()
			return 0, net.ErrClosed
		}
	}
}

func (c *doomedConn) Close() error {
	c.cut.Stop()
	return c.Conn.Close()
}
