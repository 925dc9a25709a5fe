package wevis_test

import (
	"context"
	"fmt"
	"net"

	"github.com/rootspush/roots/examples/wevis"
)

type (
	Add struct{ A, B int32 }
	Sum struct{ Total int32 }
)

// A server that adds, and a client that asks it. Both define the same messages
// in the same order.
func Example() {
	protocol := wevis.NewProtocol()
	if err := protocol.Parse("sums.txt", "Add a=int b=int\nSum total=int"); err != nil {
		fmt.Println(err)
		return
	}
	room := &wevis.Room{Protocol: protocol, Handle: func(from *wevis.Member, m *wevis.Message) {
		if add, err := wevis.As[Add](m); err == nil {
			_ = from.Queue(Sum{add.A + add.B}) // refused only if the client has gone
		}
	}}
	validate := func(_ context.Context, l wevis.Login) (*wevis.User, error) {
		if l.User == "michael" && l.Matches("mypassword") {
			return &wevis.User{Name: l.User}, nil
		}
		return nil, wevis.Rejection("Nobody knows you.")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		server := &wevis.Server{Protocol: protocol, Validator: validate, Room: room}
		ended <- server.Serve(ctx, listener)
	}()

	client := &wevis.Client{Protocol: protocol, Address: listener.Addr().String(), User: "michael", Password: "mypassword"}
	fmt.Println(client.Start(ctx), client.Queue(Add{3, 4}))
	fmt.Println(wevis.Receive[Sum](ctx, client))
	client.Stop(ctx)
	stop()
	fmt.Println(<-ended)
	// Output:
	// <nil> <nil>
	// {7} <nil>
	// <nil>
}

// Errors in a text of definitions say where they are, and what would be right.
func ExampleProtocol_Parse() {
	fmt.Println(wevis.NewProtocol().Parse("sums.txt", "Add a=int b=int\nSum total=integer"))
	// Output:
	// sums.txt:2:11: type "integer" is unknown, it must be one of int, float, str, bytes, ?f, ?d
}

// A message that is wrong is refused where it is made.
func ExampleProtocol_New() {
	protocol := wevis.NewProtocol()
	if err := wevis.Define[Add](protocol); err != nil {
		fmt.Println(err)
	}
	m, err := protocol.New("Add", wevis.Values{"a": 3, "b": 4})
	fmt.Println(m, err)
	fmt.Printf("% x\n", m.Frame())
	_, err = protocol.New("Add", wevis.Values{"a": 3})
	fmt.Println(err)
	_, err = protocol.New("Add", wevis.Values{"a": 3, "b": "4"})
	fmt.Println(err)
	// Output:
	// Add {"a":3,"b":4} <nil>
	// 0c 00 00 00 07 00 00 00 03 00 00 00 04 00 00 00
	// wevis: message "Add" lacks argument "b", of type int
	// wevis: argument "b" of message "Add" is a Go string, it must be of type int, in Go int32
}
