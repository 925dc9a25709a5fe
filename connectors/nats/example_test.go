package nats_test

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/rootspush/roots/connectors/nats"
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// Two nodes, which are mostly two processes on two machines, around one NATS
// server, which is mostly a process of its own.
func Example() {
	broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		panic(err)
	}
	broker.Start()
	defer broker.Shutdown()
	broker.ReadyForConnections(10 * time.Second)

	join := func(name string) (*dolores.Dolores, *nats.Node) {
		d, err := dolores.New(name)
		if err != nil {
			panic(err)
		}
		node, err := nats.Join(d, pig.New(d, pig.Options{}), nats.Options{Name: name, URL: broker.ClientURL()})
		if err != nil {
			panic(err)
		}
		d.Delegate(node) // in the place of the Pig
		return d, node
	}
	a, first := join("a")
	b, second := join("b")
	defer first.Close()
	defer second.Close()

	heard := make(chan string)
	id := b.Register(thestral.Func(func(_ thestral.Thestral, path, message string) {
		heard <- fmt.Sprintf("%s: %q", path, message)
	}))
	a.Update(nil, thestral.Connect, id+"->news") // the id is of the other node
	fmt.Println(<-heard)
	a.Update(nil, "news", "hello")
	fmt.Println(<-heard)

	second.Handle("greet", func(_ context.Context, from string, question []byte) ([]byte, error) {
		return append([]byte("hello "+from+", "), question...), nil
	})
	answer, err := first.Ask(context.Background(), "b", "greet", []byte("how are you?"))
	fmt.Println(string(answer), err)
	// Output:
	// news: ""
	// news: "hello"
	// hello a, how are you? <nil>
}
