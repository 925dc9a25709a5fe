package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/templar/gateway"
)

// everybody is a backend that lets everybody into the lobby.
type everybody struct{}

func (everybody) Authenticate(*http.Request) (gateway.Access, error) {
	return gateway.Access{Allowed: []json.RawMessage{json.RawMessage(`{"room": "lobby"}`)}}, nil
}

// A gateway in a program of its own: with a backend that is a function, and a hook.
func Example() {
	controller := new(dolores.Dolores)
	g := gateway.New(controller, gateway.Options{
		Backend: everybody{},
		Hooks: gateway.Hooks{Connect: []gateway.Hook{func(_ context.Context, v gateway.Visitor) error {
			fmt.Println(v.Name, "is here")
			return nil
		}}},
	})
	controller.Care("gateway", g.Run)
	http.Handle("/ws/", g)

	_, err := gateway.ParsePublication([]byte(`{"rooms": [{"room": "lobby"}], "data": "hello"}`))
	fmt.Println(err)
	_, err = gateway.ParsePublication([]byte(`{"data": "hello"}`))
	fmt.Println(err)
	// Output:
	// <nil>
	// rooms not specified
}
