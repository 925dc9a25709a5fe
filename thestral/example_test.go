package thestral_test

import (
	"context"
	"fmt"

	"github.com/rootspush/roots/thestral"
)

// A function is a Thestral. It answers whoever asks.
func ExampleFunc() {
	clerk := thestral.Func(func(sender thestral.Thestral, path, message string) {
		fmt.Println("clerk hears", path, message)
		if sender != nil {
			sender.Update(nil, path, "noted")
		}
	})
	asker := thestral.Func(func(_ thestral.Thestral, path, message string) {
		fmt.Println("asker hears", path, message)
	})
	clerk.Update(asker, "my/data", "hello")
	clerk.Update(nil, "my/data", "nobody is answered")
	// Output:
	// clerk hears my/data hello
	// asker hears my/data noted
	// clerk hears my/data nobody is answered
}

// A queue stands before what may wait. Flush waits for the last update.
func ExampleQueue() {
	slow := thestral.Func(func(_ thestral.Thestral, path, message string) {
		fmt.Println(path, message)
	})
	q := thestral.NewQueue(slow, thestral.QueueLimit)
	q.Update(nil, "my/data", "1")
	q.Update(nil, "my/data", "2")
	if err := q.Flush(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(q.Dropped(), "dropped")
	// Output:
	// my/data 1
	// my/data 2
	// 0 dropped
}

func ExampleSplitConnection() {
	id, path, err := thestral.SplitConnection("dolores-1->my->data")
	fmt.Printf("%q %q %v\n", id, path, err)
	_, _, err = thestral.SplitConnection("dolores-1 my/data")
	fmt.Println(err)
	_, _, err = thestral.SplitConnection("dolores-1->::register")
	fmt.Println(err)
	// Output:
	// "dolores-1" "my->data" <nil>
	// "dolores-1 my/data" is no connection, which is written "id->path"
	// control path "::register" can't be connected to
}
