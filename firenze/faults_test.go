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

const faultyClients = 64

// TestFaults lets clients hear and speak through real sockets and a network in
// which everything goes wrong: over each transport, and over all in turn. See
// package faults for what is tried and checked.
func TestFaults(t *testing.T) {
	requests := int64(6_000)
	switch {
	case testenv.Full():
		requests = 100_000
	case testenv.Race() || testing.Short():
		requests = 3_000
	}
	var proxies []*faults.Proxy
	all := []faults.Transport{faults.LongPoll, faults.Events, faults.WebSocket}
	for _, test := range []struct {
		name       string
		options    firenze.Options
		transports []faults.Transport
		share      int64 // of the requests, in tenths
	}{
		{"long-poll", firenze.Options{}, all[:1], 1},
		{"events", firenze.Options{}, all[1:2], 1},
		{"WebSocket", firenze.Options{}, all[2:], 1},
		{"all", firenze.Options{}, all, 3},
		{"all, and repeats skip middleware", firenze.Options{RepeatsSkipMiddleware: true}, all, 2},
		// Such a session may keep little, and not stay away for long.
		{"all, and sessions end early", firenze.Options{MaxMessages: 20, Absence: firenze.Tick}, all, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			proxy, sessions, byes := weatherFaults(t, test.options, test.transports, requests*test.share/10)
			proxies = append(proxies, proxy)
			// Any other session ends by a good-bye alone.
			if early := sessions > faultyClients+byes; early != (test.options.Absence > 0) {
				t.Errorf("%d clients that said good-bye %d times had %d sessions", faultyClients, byes, sessions)
			}
		})
	}
	if missing := faults.Missing(proxies...); !t.Failed() && len(missing) > 0 {
		t.Errorf("these faults did not happen: %v", missing)
	}
}

// weatherFaults lets clients make so many requests in a network with faults, and
// get everything when it is healed. It returns what made the faults, how many
// sessions there were, and how many good-byes were said.
func weatherFaults(t *testing.T, options firenze.Options, transports []faults.Transport, requests int64) (proxy *faults.Proxy, sessions, byes int) {
	ledger := new(faults.Ledger)
	options.Hold, options.Incoming = 100*time.Millisecond, ledger
	r := newRig(t, options)
	seed := rand.Uint64()
	proxy, err := faults.NewProxy(listen(t, http.StripPrefix("/comet", r)), seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	backend := faults.NewBackend(r.dolores, "my/data", "your/data", "theirs")
	clients := make([]*faults.Client, faultyClients)
	for i := range clients {
		clients[i] = faults.NewClient(faults.Options{
			Addr: proxy.Addr(), Prefix: "/comet", Backend: backend, Ledger: ledger, Seed: seed + uint64(i),
			Transports: transports, Patience: 250 * time.Millisecond,
		})
		t.Cleanup(clients[i].Close)
	}
	backend.PublishWhile(func() {
		forAll(t, clients, func(c *faults.Client) (err error) {
			for c.Requests() < requests/faultyClients && err == nil {
				err = c.Step()
			}
			return err
		})
	}, 50*time.Millisecond)
	proxy.Heal()
	forAll(t, clients, func(c *faults.Client) error {
		c.Patience = 5 * time.Second
		return c.Settle()
	})
	total := int64(0)
	for _, c := range clients {
		had, left := c.Sessions()
		sessions, byes, total = sessions+had, byes+left, total+c.Requests()
	}
	t.Logf("seed %d: %d requests, %d sessions, %d good-byes", seed, total, sessions, byes)
	return proxy, sessions, byes
}

// forAll does something with all clients at once, and ends the test if something
// was wrong with any.
func forAll(t *testing.T, clients []*faults.Client, do func(*faults.Client) error) {
	t.Helper()
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() {
			if err := do(c); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
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
