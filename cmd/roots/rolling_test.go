package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
)

// A fleet is some nodes of which one at a time is started anew. Clients and
// back-ends come to it as through a balancer: to any node that takes connections.
type fleet struct {
	t      *testing.T
	nats   string
	client *http.Client

	mu    sync.Mutex // guards nodes
	nodes []*process
}

// node starts number i.
func (f *fleet) node(i int) *process {
	p := start(f.t, "--name", fmt.Sprint("node", i), "--nats", f.nats, "--log", "json", "--log-level", "warn", "--hold", "2s")
	f.t.Cleanup(func() {
		if f.t.Failed() {
			f.t.Logf("node %d says:\n%s", i, p.stderr)
		}
	})
	return p
}

// A route is the node that a client comes to, again and again as a rule: a balancer
// keeps connections. Now and then it is another, by chance.
type route struct {
	chance *rand.Rand
	node   int
}

// try does a request to one node after the other until one takes it. What none
// takes is tried again until ctx ends.
func (f *fleet) try(ctx context.Context, to *route, name, method, path, body string) (string, error) {
	for first := true; ctx.Err() == nil; first = false {
		if !first || to.chance.IntN(20) == 0 {
			to.node = to.chance.IntN(len(f.nodes))
		}
		f.mu.Lock()
		p := f.nodes[to.node]
		f.mu.Unlock()
		r, err := http.NewRequestWithContext(ctx, method, p.addresses[name]+path, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		response, err := f.client.Do(r)
		if err != nil {
			continue // it is not there
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil && response.StatusCode == http.StatusOK {
			return string(text), nil
		}
		time.Sleep(10 * time.Millisecond) // it goes down
	}
	return "", ctx.Err()
}

// A passenger is a client that must not notice anything.
type passenger struct {
	id, next string
	heard    atomic.Int64 // the number of the newest message
}

// ride polls until ctx ends. It checks that the session stays the same, and that
// messages come in order of their numbers.
func (f *fleet) ride(ctx context.Context, p *passenger, to *route, ready func()) {
	for ctx.Err() == nil {
		text, err := f.try(ctx, to, "firenze", "GET", p.next, "")
		if err != nil {
			return
		}
		var a answer
		if err := json.Unmarshal([]byte(text), &a); err != nil || p.id != "" && a.id() != p.id {
			f.t.Errorf("session %s was answered %s", p.id, text)
			return
		}
		if p.next = a.ReconnectWith; p.id == "" {
			p.id = a.id()
			if _, err := f.try(ctx, to, "dudley", "POST", "::connect", p.id+"->news"); err != nil {
				return
			}
		}
		for _, u := range a.Updates {
			if u.Message == "" && p.heard.Load() == 0 {
				ready()
				continue
			}
			var number int64
			if _, err := fmt.Sscan(u.Message, &number); err != nil || number != p.heard.Load()+1 {
				f.t.Errorf("session %s got %q after message %d", p.id, u.Message, p.heard.Load())
				return
			}
			p.heard.Store(number)
		}
	}
}

// TestRollingRestarts: one node after the other is stopped and started anew, while
// clients poll and something is said all the time. No client gets another session,
// and each hears everything once. ROOTS_FULL=1 does so at full length.
func TestRollingRestarts(t *testing.T) {
	restarts, passengers := 3, 100
	if testenv.Full() {
		restarts, passengers = 20, 1000
	}
	hub := start(t, "--name", "hub", "--nats", "embedded", "--nats-listen", "127.0.0.1:0", "--log", "off")
	f := &fleet{t: t, nats: hub.addresses["nats"], client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: passengers}}}
	defer f.client.CloseIdleConnections()
	for i := range 3 {
		f.nodes = append(f.nodes, f.node(i))
	}
	for _, p := range f.nodes {
		p.know(len(f.nodes))
	}

	ctx, cancel := context.WithCancel(t.Context())
	var riding, connected sync.WaitGroup
	all := make([]*passenger, passengers)
	connected.Add(passengers)
	for i := range all {
		all[i] = new(passenger)
		riding.Go(func() { f.ride(ctx, all[i], &route{chance: rand.New(rand.NewPCG(uint64(i), 5))}, connected.Done) })
	}
	defer riding.Wait()
	defer cancel()
	connected.Wait()

	stop, said := make(chan struct{}), make(chan int64)
	go func() {
		chance := rand.New(rand.NewPCG(0, 6))
		for n := int64(1); ; n++ {
			select {
			case <-stop:
				said <- n - 1
				return
			default:
			}
			// Always the same node, since order is promised for what one node is told.
			hub.post("news", fmt.Sprint(n))
			time.Sleep(time.Duration(chance.IntN(200)) * time.Millisecond)
		}
	}()
	for n := range restarts {
		i := n % len(f.nodes)
		leaving := f.nodes[i]
		began := time.Now()
		leaving.terminate()
		if code := leaving.status(); code != 0 {
			t.Errorf("node %d ended with status %d: %s", i, code, leaving.stderr)
		}
		back := f.node(i)
		f.mu.Lock()
		f.nodes[i] = back
		f.mu.Unlock()
		back.know(len(f.nodes))
		t.Logf("restart %d took %v", n+1, time.Since(began).Round(time.Millisecond))
	}
	close(stop)
	last := <-said
	for _, p := range all {
		testenv.Eventually(t, fmt.Sprintf("message %d", last), func() bool { return t.Failed() || p.heard.Load() == last })
	}
	t.Logf("%d messages to %d sessions", last, passengers)
}
