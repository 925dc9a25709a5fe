package filch_test

import (
	"fmt"
	"strings"

	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// Without a policy no control path passes.
func Example() {
	var owl thestraltest.Recorder
	incoming := filch.Guard(&owl, nil)
	incoming.Update(nil, "my/data", "hello")
	incoming.Update(nil, "::gone", "somebody")
	fmt.Println(owl.Updates(), incoming.Dropped(), "dropped")
	// Output:
	// [{my/data hello}] 1 dropped
}

// A policy that allows one room, and adds to the rule for control paths instead
// of replacing it.
func ExamplePolicy() {
	room := func(sender thestral.Thestral, path, message string) bool {
		return filch.NoControl(sender, path, message) && strings.HasPrefix(path, "room/7/")
	}
	var owl thestraltest.Recorder
	incoming := filch.Guard(&owl, room)
	incoming.Update(nil, "room/7/chat", "hello")
	incoming.Update(nil, "room/8/chat", "hello")
	fmt.Println(owl.Updates())
	// Output:
	// [{room/7/chat hello}]
}
