package rabbit_test

import (
	"context"
	"fmt"

	"github.com/rootspush/roots/examples/templar/rabbit"
)

func ExampleConsumer() {
	consumer := &rabbit.Consumer{
		URL:      "amqp://guest:guest@127.0.0.1:5672/",
		Exchange: "hightemplar",
		Take: func(_ context.Context, body []byte) error {
			fmt.Printf("%s\n", body)
			return nil
		},
	}
	fmt.Println(rabbit.Check(consumer.URL))

	ctx, end := context.WithCancel(context.Background())
	end() // at once, as here is no broker
	fmt.Println(consumer.Run(ctx))
	// Output:
	// <nil>
	// <nil>
}
