package firenze_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/testenv"
)

// In the storm many clients poll through net/http, over connections that are
// slow, give their bytes out in slices, and break. Requests are given up and
// doubled. Each client has to get each message once, and in order.

const (
	stormClients    = 50
	stormPublishers = 8
	stormPaths      = 5
	lastMessage     = "end"
)

// errPlanned stands for each error of a request that was given up, or whose
// connection was cut.
var errPlanned = errors.New("this fault is planned")

// A faulty connection is slow, and cut after so many bytes.
type faulty struct {
	net.Conn
	left atomic.Int64
}

func (f *faulty) Read(b []byte) (int, error) {
	return f.carry(f.Conn.Read, b[:min(len(b), 1+rand.IntN(1000))])
}

func (f *faulty) Write(b []byte) (int, error) { return f.carry(f.Conn.Write, b) }

func (f *faulty) carry(move func([]byte) (int, error), b []byte) (int, error) {
	time.Sleep(rand.N(3 * time.Millisecond))
	n, err := move(b[:min(len(b), max(0, int(f.left.Load())))])
	if f.left.Add(-int64(n)) > 0 {
		return n, err
	}
	f.Conn.Close()
	return n, errPlanned
}

// A storm is what all clients and publishers share.
type storm struct {
	*rig
	http   *http.Client
	target int64 // how many polls there are to be
	polls  atomic.Int64
	faults atomic.Int64
}

// fetch polls once, and gives up sometimes. An error that was not planned fails
// the test.
func (s *storm) fetch(session string) (a reply, err error) {
	s.polls.Add(1)
	patience, short := time.Minute, rand.IntN(10) == 0
	if short {
		patience = rand.N(30 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	var used *faulty
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { used = info.Conn.(*faulty) }})
	switch a, err = s.get(traced, session); {
	case err == nil:
	case short && ctx.Err() != nil, used != nil && used.left.Load() <= 0:
		s.faults.Add(1)
		err = errPlanned
	default:
		s.t.Errorf("a poll failed: %v", err)
	}
	return a, err
}

func (s *storm) get(ctx context.Context, session string) (a reply, err error) {
	request, err := http.NewRequestWithContext(ctx, "GET", "http://pipe/"+session, nil)
	if err != nil {
		return a, err
	}
	response, err := s.http.Do(request)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return a, errors.New(response.Status)
	}
	return a, json.NewDecoder(response.Body).Decode(&a)
}

// publish sends numbered messages to all paths until there were polls enough.
func (s *storm) publish(publisher int) {
	var sent [stormPaths]int
	for s.polls.Load() < s.target {
		path := rand.IntN(stormPaths)
		s.dolores.Update(nil, stormPath(path), fmt.Sprint(publisher, " ", sent[path]))
		sent[path]++
		time.Sleep(rand.N(20 * time.Millisecond))
	}
	for path, n := range sent {
		s.dolores.Update(nil, stormPath(path), fmt.Sprint(publisher, " ", n))
		s.dolores.Update(nil, stormPath(path), lastMessage)
	}
}

func stormPath(n int) string { return "storm/" + strconv.Itoa(n) }

// A stormClient hears one path.
type stormClient struct {
	*storm
	session string
	next    [stormPublishers]int
	ended   int
}

func (c *stormClient) run() {
	for idle := 0; c.ended < stormPublishers && !c.t.Failed(); time.Sleep(rand.N(20 * time.Millisecond)) {
		a, err := c.ask()
		if err != nil {
			continue
		}
		c.take(a)
		if idle++; len(a.Updates) > 0 {
			idle = 0
		} else if idle > 1000 {
			c.t.Errorf("messages were lost: %d of %d publishers were heard to the end", c.ended, stormPublishers)
		}
	}
}

// ask polls, sometimes twice at once, of which only one answer comes.
func (c *stormClient) ask() (reply, error) {
	if rand.IntN(10) == 0 {
		session := c.session
		var other sync.WaitGroup
		defer other.Wait()
		other.Go(func() {
			time.Sleep(rand.N(5 * time.Millisecond))
			c.fetch(session)
		})
		time.Sleep(rand.N(5 * time.Millisecond))
	}
	return c.fetch(c.session)
}

func (c *stormClient) take(a reply) {
	if idOf(a.ReconnectWith) != idOf(c.session) {
		c.t.Errorf("session %s became %s", idOf(c.session), idOf(a.ReconnectWith))
	}
	c.session = a.ReconnectWith
	for _, u := range a.Updates {
		publisher, number, found := strings.Cut(u.Message, " ")
		switch p, _ := strconv.Atoi(publisher); {
		case u.Message == lastMessage:
			c.ended++
		case found && number != strconv.Itoa(c.next[p]):
			c.t.Errorf("message %s of publisher %d came instead of %d", number, p, c.next[p])
		case found:
			c.next[p]++
		}
	}
}

func TestStorm(t *testing.T) {
	target := int64(100_000)
	if !testenv.Full() && (testenv.Race() || testing.Short()) {
		target = 10_000
	}
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		s := &storm{rig: r, target: target}
		n := serve(t, r)
		transport := &http.Transport{MaxIdleConnsPerHost: 2 * stormClients, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := n.DialContext(ctx, "", "")
			f := &faulty{Conn: conn}
			f.left.Store(1 + rand.Int64N(50_000))
			return f, err
		}}
		s.http = &http.Client{Transport: transport}
		var all sync.WaitGroup
		for i := range stormClients {
			c := &stormClient{storm: s, session: r.open()}
			r.connect(c.session, stormPath(i%stormPaths))
			all.Go(c.run)
		}
		for i := range stormPublishers {
			all.Go(func() { s.publish(i) })
		}
		all.Wait()
		pass(time.Second) // for connections that were dialled in vain
		transport.CloseIdleConnections()
		pass(time.Second)
		if s.faults.Load() < target/100 {
			t.Errorf("of %d polls only %d met a fault, so little was tried", s.polls.Load(), s.faults.Load())
		}
		t.Logf("%d polls, of which %d met a fault", s.polls.Load(), s.faults.Load())
	})
}
