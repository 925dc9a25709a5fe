package pig_test

import (
	"fmt"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// Dolores knows the ids, Pig knows who hears what, and is told so by updates.
func Example() {
	d := new(dolores.Dolores)
	d.Delegate(pig.New(d, pig.Options{}))

	var browser thestraltest.Recorder
	id := d.Register(&browser)
	d.Update(nil, "::connect", id+"->my/data")
	d.Update(nil, "my/data", "hello")
	d.Update(nil, "other", "nobody hears this")
	d.Update(nil, "::disconnect", id+"->my/data")

	for _, u := range browser.Updates() {
		fmt.Printf("%s %q\n", u.Path, u.Message)
	}
	// Output:
	// my/data ""
	// my/data "hello"
	// ::+::disconnect "my/data"
}

// On is for receivers without an id, and knows a pattern by its star.
func ExamplePig_On() {
	p := pig.New(nil, pig.Options{})
	var log thestraltest.Recorder
	off := p.On("room/*/chat", &log)
	p.Update(nil, "room/7/chat", "hello")
	p.Update(nil, "room/7/doors", "closed")
	off()
	p.Update(nil, "room/7/chat", "too late")
	fmt.Println(log.Updates())
	// Output:
	// [{room/7/chat hello}]
}

// What is remembered is given to whoever connects.
func ExampleOptions() {
	d := new(dolores.Dolores)
	p := pig.New(d, pig.Options{Remember: 2})
	for _, message := range []string{"1", "2", "3"} {
		p.Update(nil, "my/data", message)
	}
	var late thestraltest.Recorder
	if err := p.Connect(d.Register(&late), "my/data"); err != nil {
		fmt.Println(err)
	}
	p.Update(nil, "my/data", "4")
	fmt.Printf("%q\n", late.Messages("my/data"))
	// Output:
	// ["" "2" "3" "4"]
}

func ExampleCheckPattern() {
	fmt.Println(pig.CheckPattern("shop/*/orders"))
	fmt.Println(pig.CheckPattern("shop/**/orders"))
	// Output:
	// <nil>
	// pattern "shop/**/orders" has "**" before its end, only the last segment may be "**"
}
