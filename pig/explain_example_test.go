package pig_test

import (
	"fmt"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// Explain tells by which connections an update would come.
func ExamplePig_Explain() {
	d := new(dolores.Dolores)
	p := pig.New(d, pig.Options{})
	id := d.Register(new(thestraltest.Recorder))
	_ = p.Match(id, "room/*/chat") // the id is known, and the pattern is one

	fmt.Println(p.Explain(id, "room/7/chat"))
	fmt.Println(p.Explain(id, "room/7/doors"))
	// Output:
	// [{room/*/chat true}]
	// []
}

// Receivers are all who hear something.
func ExamplePig_Receivers() {
	p := pig.New(nil, pig.Options{})
	p.On("room/*/chat", new(thestraltest.Recorder))
	for r := range p.Receivers() {
		fmt.Printf("%q hears %v\n", r.ID, r.Heard)
	}
	// Output:
	// "" hears [{room/*/chat true}]
}
