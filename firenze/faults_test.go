package firenze_test

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/faults"
	"github.com/rootspush/roots/internal/testenv"
)

const faultyClients = 48

// TestFaults lets clients use all transports in turn, through real sockets and a
// network in which everything goes wrong. See package faults for what is tried
// and checked.
func TestFaults(t *testing.T) {
	requests := int64(6_000)
	switch {
	case testenv.Full():
		requests = 100_000
	case testenv.Race() || testing.Short():
		requests = 3_000
	}
	// A session that may keep enough, and may stay away for long, ends by a
	// good-bye alone.
	whole := func(t *testing.T, options firenze.Options) {
		sessions, byes := weatherFaults(t, options, requests/3)
		if sessions > faultyClients+byes {
			t.Errorf("%d clients that said good-bye %d times had %d sessions", faultyClients, byes, sessions)
		}
	}
	t.Run("whole", func(t *testing.T) { whole(t, firenze.Options{}) })
	t.Run("repeats skip middleware", func(t *testing.T) { whole(t, firenze.Options{RepeatsSkipMiddleware: true}) })
	// One that may not is over often, and no message may be missing then.
	t.Run("over", func(t *testing.T) {
		sessions, byes := weatherFaults(t, firenze.Options{MaxMessages: 40, Absence: firenze.Tick}, requests/3)
		if sessions <= faultyClients+byes {
			t.Error("no session ended early, so that was not tried")
		}
	})
}

// weatherFaults lets clients make so many requests in a network with faults, and
// get everything when it is healed. It returns how many sessions they had, and
// how many good-byes they said.
func weatherFaults(t *testing.T, options firenze.Options, requests int64) (sessions, byes int) {
	paths := []string{"my/data", "your/data", "theirs"}
	ledger := new(faults.Ledger)
	options.Hold, options.Incoming = 100*time.Millisecond, ledger
	r := newRig(t, options)
	seed := rand.Uint64()
	proxy, err := faults.NewProxy(listen(t, http.StripPrefix("/comet", r)), seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)

	backend := faults.NewBackend(r.dolores, paths...)
	done := make(chan struct{})
	var publishers, all sync.WaitGroup
	for _, path := range paths {
		publishers.Go(func() { backend.PublishUntil(done, path, 50*time.Millisecond) })
	}
	clients := make([]*faults.Client, faultyClients)
	for i := range clients {
		c := faults.NewClient(faults.Options{
			Addr: proxy.Addr(), Prefix: "/comet", Backend: backend, Ledger: ledger, Seed: seed + uint64(i),
			Transports: []faults.Transport{faults.LongPoll, faults.Events, faults.WebSocket}, Patience: 250 * time.Millisecond,
		})
		t.Cleanup(c.Close)
		clients[i] = c
		all.Go(func() {
			for err := error(nil); c.Requests() < requests/faultyClients && err == nil; {
				if err = c.Step(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	close(done)
	publishers.Wait()
	proxy.Heal()
	total := int64(0)
	for _, c := range clients {
		all.Go(func() {
			c.Patience = 5 * time.Second
			if err := c.Settle(); !t.Failed() && err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, c := range clients {
		had, left := c.Sessions()
		sessions, byes, total = sessions+had, byes+left, total+c.Requests()
	}
	if missing := proxy.Missing(); !t.Failed() && len(missing) > 0 {
		t.Errorf("these faults did not happen: %v", missing)
	}
	t.Logf("seed %d: %d requests, %d sessions, %d good-byes", seed, total, sessions, byes)
	return sessions, byes
}

// listen serves handler on loopback until the test ends.
func listen(t *testing.T, handler http.Handler) (addr string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	ended := make(chan error)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}
