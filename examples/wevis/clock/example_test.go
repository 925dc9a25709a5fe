package clock_test

import (
	"context"
	"fmt"
	"net"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
)

func Example() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- clock.NewServer().Serve(ctx, listener) }()

	client := &wevis.Client{Protocol: clock.Protocol(), Address: listener.Addr().String(), User: clock.User, Password: clock.Password}
	fmt.Println(client.Start(ctx), client.Queue(clock.WhoAmI{}))
	fmt.Println(client.Receive(ctx, "ServerReady"))
	fmt.Println(wevis.Receive[clock.YouAre](ctx, client))
	client.Stop(ctx)
	stop()
	fmt.Println(<-ended)
	// Output:
	// <nil> <nil>
	// ServerReady {} <nil>
	// {michael} <nil>
	// <nil>
}
