package pomona_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// site is a whole server: the pieces, and a back-end that connects whatever
// it is asked for. What clients send up is answered.
func site() (*dolores.Dolores, *firenze.Firenze, *httptest.Server) {
	d := new(dolores.Dolores)
	d.Delegate(pig.New(d, pig.Options{}))
	f := firenze.New(d, firenze.Options{
		Incoming: thestral.Func(func(sender thestral.Thestral, path, message string) {
			sender.Update(nil, path, "taken: "+message)
		}),
	})
	routes := http.NewServeMux()
	routes.Handle("/comet/", http.StripPrefix("/comet", f))
	for name, control := range map[string]string{"connect": thestral.Connect, "disconnect": thestral.Disconnect} {
		routes.HandleFunc("POST /"+name+"/{id}", func(w http.ResponseWriter, r *http.Request) {
			var paths []string
			if err := json.NewDecoder(r.Body).Decode(&paths); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			for _, path := range paths {
				d.Update(nil, control, thestral.JoinConnection(r.PathValue("id"), path))
			}
		})
	}
	return d, f, httptest.NewServer(routes)
}

func Example() {
	roots, pushes, server := site()
	defer server.Close()
	defer pushes.Close()

	client := pomona.New(server.URL+"/comet/", pomona.Options{
		Connect:    pomona.Post(server.URL+"/connect/{id}", nil),
		Disconnect: pomona.Post(server.URL+"/disconnect/{id}", nil),
	})
	heard := make(chan string)
	client.On("my/data", thestral.Func(func(_ thestral.Thestral, path, message string) {
		heard <- fmt.Sprintf("%s: %q", path, message)
	}))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- client.Run(ctx) }()

	fmt.Println(<-heard) // connected: now is the time to load what my/data is about
	roots.Update(nil, "my/data", "something changed")
	fmt.Println(<-heard)
	stop()
	fmt.Println(<-ended)
	// Output:
	// my/data: ""
	// my/data: "something changed"
	// <nil>
}

func ExampleClient_Update() {
	_, pushes, server := site()
	defer server.Close()
	defer pushes.Close()

	client := pomona.New(server.URL+"/comet/", pomona.Options{
		Connect: pomona.Post(server.URL+"/connect/{id}", nil),
	})
	heard := make(chan string)
	client.On("orders", thestral.Func(func(_ thestral.Thestral, _, message string) { heard <- message }))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- client.Run(ctx) }()

	<-heard // connected
	fmt.Println(client.Update(ctx, "orders", "two owls"))
	fmt.Println(<-heard)
	err := client.Update(ctx, "::connect", "somebody->orders")
	fmt.Println(errors.Is(err, pomona.ErrRefused))
	stop()
	<-ended
	// Output:
	// <nil>
	// taken: two owls
	// true
}
