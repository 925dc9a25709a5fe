package faults_test

import (
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/faults"
	"github.com/rootspush/roots/pig"
)

// A client hears all, over whatever transport it asks and whatever is done to
// its requests.
func Example() {
	d := new(dolores.Dolores)
	d.Delegate(pig.New(d, pig.Options{}))
	ledger := new(faults.Ledger)
	f := firenze.New(d, firenze.Options{Hold: 50 * time.Millisecond, Incoming: ledger})
	server := httptest.NewServer(f)
	defer server.Close()
	defer f.Close()
	proxy, err := faults.NewProxy(server.Listener.Addr().String(), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer proxy.Close()

	backend := faults.NewBackend(d, path)
	client := faults.NewClient(faults.Options{
		Addr: proxy.Addr(), Backend: backend, Ledger: ledger, Patience: 200 * time.Millisecond, Seed: 1,
		Transports: []faults.Transport{faults.LongPoll, faults.Events, faults.WebSocket},
	})
	defer client.Close()
	backend.PublishWhile(func() {
		for client.Requests() < 100 {
			if err := client.Step(); err != nil {
				fmt.Println(err)
			}
		}
	}, 2*time.Millisecond)
	proxy.Heal()
	if err := client.Settle(); err != nil {
		fmt.Println(err)
	}
	fmt.Println("nothing was lost, doubled or put out of order")
	// Output: nothing was lost, doubled or put out of order
}
