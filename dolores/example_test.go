package dolores_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// Delegates hear every update, and who comes and goes.
func Example() {
	d, err := dolores.New("node")
	if err != nil {
		fmt.Println(err)
		return
	}
	var log thestraltest.Recorder
	dismiss := d.Delegate(&log)
	defer dismiss()

	id := d.Register(thestral.Func(func(thestral.Thestral, string, string) {}))
	d.Update(nil, "my/data", "hello")
	d.Unregister(id)

	for _, u := range log.Updates() {
		fmt.Println(u.Path, strings.Replace(u.Message, id, "ID", 1))
	}
	// Output:
	// ::register ID
	// my/data hello
	// ::gone ID
}

// Run goes on until its context ends or something in her care fails.
func ExampleDolores_Run() {
	d := new(dolores.Dolores)
	d.Care("clock", func(ctx context.Context) error {
		<-ctx.Done()
		fmt.Println("the clock stops")
		return nil
	})
	d.Care("server", func(context.Context) error {
		return fmt.Errorf("the port is in use")
	})
	fmt.Println(d.Run(context.Background()))
	// Output:
	// the clock stops
	// server: the port is in use
}
