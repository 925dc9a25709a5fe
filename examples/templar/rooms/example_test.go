package rooms_test

import (
	"fmt"

	"github.com/rootspush/roots/examples/templar/rooms"
)

func ExampleTree() {
	read := func(text string) rooms.Room {
		room, err := rooms.Parse([]byte(text))
		if err != nil {
			panic(err)
		}
		return room
	}
	var allowed rooms.Tree
	allowed.Add(read(`{"customer": 1, "kind": "*"}`))
	fmt.Println(allowed.Covers(read(`{"kind": "invoice", "customer": 1.0}`)))
	fmt.Println(allowed.Covers(read(`{"kind": "invoice", "customer": 2}`)))

	var entered rooms.Tree
	entered.Add(read(`{"customer": 1, "kind": "*"}`))
	entered.Add(read(`{"customer": 2, "kind": "invoice"}`))
	fmt.Println(entered.Meeting(read(`{"customer": 1, "kind": "invoice"}`)))
	// Output:
	// true
	// false
	// [{"customer":1,"kind":"*"}]
}
