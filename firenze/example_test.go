package firenze_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// fetch does what a client does: it asks for something, and keeps what it is to
// ask for next.
func fetch(url string) (updates []thestral.Update, reconnectWith string) {
	answer, err := http.Get(url)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	var body struct {
		Updates       []thestral.Update
		ReconnectWith string
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		panic(err)
	}
	return body.Updates, body.ReconnectWith
}

// Dolores gives the session an id, Pig knows what it hears, and Firenze brings
// it to the client.
func ExampleNew() {
	d := new(dolores.Dolores)
	d.Delegate(pig.New(d, pig.Options{}))
	f := firenze.New(d, firenze.Options{})
	server := httptest.NewServer(f)
	defer server.Close()
	defer f.Close()

	updates, next := fetch(server.URL + "/")
	fmt.Println(updates)

	// The client posts its id to the back-end, which says what it may hear.
	d.Update(nil, thestral.Connect, thestral.JoinConnection(idOf(next), "my/data"))
	updates, next = fetch(server.URL + "/" + next)
	fmt.Println(updates)

	d.Update(nil, "my/data", "hello")
	d.Update(nil, "my/data", "world")
	updates, _ = fetch(server.URL + "/" + next)
	fmt.Println(updates)
	// Output:
	// []
	// [{my/data }]
	// [{my/data hello} {my/data world}]
}

// Firenze is mounted below a prefix like any other handler.
func ExampleFirenze_ServeHTTP() {
	f := firenze.New(new(dolores.Dolores), firenze.Options{})
	defer f.Close()
	mux := http.NewServeMux()
	mux.Handle("/comet/", http.StripPrefix("/comet", f))

	for _, target := range []string{"/comet/", "/comet/pomona.js", "/other"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		fmt.Println(target, w.Code, w.Header().Get("Content-Type"))
	}
	// Output:
	// /comet/ 200 application/json
	// /comet/pomona.js 200 text/javascript; charset=utf-8
	// /other 404 text/plain; charset=utf-8
}

// A server that is to end asks Firenze to let everybody go, or it would wait for
// those who wait.
func ExampleFirenze_Drain() {
	f := firenze.New(new(dolores.Dolores), firenze.Options{})
	defer f.Close()
	server := &http.Server{Addr: "127.0.0.1:8008", Handler: f}
	server.RegisterOnShutdown(f.Drain)

	f.Drain() // as server.Shutdown does
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 503 {"error":"this server is going down, try again later"}
}

// Whoever embeds a Firenze asks it for its numbers, and shows them as they like.
func ExampleFirenze_Traffic() {
	d := new(dolores.Dolores)
	f := firenze.New(d, firenze.Options{})
	server := httptest.NewServer(f)
	defer server.Close()
	defer f.Close()

	_, next := fetch(server.URL + "/")
	client, _ := d.Lookup(idOf(next))
	client.Update(nil, "my/data", "hello")
	census := f.Census()
	fmt.Println(census.Messages, "waits, and", census.Transports[firenze.NoTransport], "client is between two requests")

	fetch(server.URL + "/" + next)
	traffic := f.Traffic()
	fmt.Println(traffic.Sent, "of", traffic.SentBytes, "bytes was sent,", traffic.Delivery.Count, "delivery time was measured")
	// Output:
	// 1 waits, and 1 client is between two requests
	// 1 of 36 bytes was sent, 1 delivery time was measured
}
