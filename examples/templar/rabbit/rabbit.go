// Package rabbit hears a RabbitMQ exchange for as long as a context goes on.
//
// The exchange is direct and not durable. Each connection has a queue of its own,
// which is exclusive and goes with it, bound with the routing key "*", which here is no
// wildcard: publishers use it as it stands.
//
// # Guarantees
//
//   - Messages are given to Take one after the other, in the order in which the broker
//     has them, and are acknowledged when Take returns.
//   - One that Take calls wrong is logged, acknowledged and so dropped: it would be no
//     better the next time.
//   - A broker that is not there, goes away or says no is logged, and tried again every
//     three seconds, as long as it takes.
//
// # What may not be assumed
//
// What is published while there is no connection is lost, as its queue was: a client
// that must not miss anything loads its data anew.
package rabbit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/rootspush/roots/examples/templar/uuid"
)

const (
	retryTime = 3 * time.Second  // between two attempts
	dialTime  = 10 * time.Second // is what it may take to get through
	beat      = 10 * time.Second // is how often both sides show that they are there
	prefetch  = 100              // messages are sent ahead of their acknowledgement
	key       = "*"
)

// A Consumer hears an exchange. All fields are needed.
type Consumer struct {
	URL      string // such as "amqp://guest:guest@127.0.0.1:5672/"
	Exchange string // its name
	// Take is given each message, and may wait as long as ctx goes on. An error says
	// that the message is wrong.
	Take func(ctx context.Context, body []byte) error
}

// Check returns an error if url is none of a broker.
func Check(url string) error {
	if _, err := amqp.ParseURI(url); err != nil {
		return fmt.Errorf("the address of RabbitMQ must be as in \"amqp://guest:guest@127.0.0.1:5672/\": %w", err)
	}
	return nil
}

// Run hears the exchange until ctx ends, and returns nil then. It may be put into the
// care of Dolores.
func (c *Consumer) Run(ctx context.Context) error {
	for said := ""; ctx.Err() == nil; {
		err := c.hear(ctx, func() { said = "" })
		if ctx.Err() != nil {
			break
		}
		if said != err.Error() { // once, however long it stays away
			said = err.Error()
			slog.Warn("there is no RabbitMQ, it is tried again and again", "pause", retryTime, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryTime):
		}
	}
	return nil
}

// hear hears the exchange over one connection, and returns why that ended. It calls
// ready when the queue is there.
func (c *Consumer) hear(ctx context.Context, ready func()) error {
	conn, err := connect(ctx, c.URL)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	messages, ended, err := c.consume(conn)
	if err != nil {
		return err
	}
	slog.Info("RabbitMQ is heard", "exchange", c.Exchange)
	ready()
	for m := range messages {
		if err := c.take(ctx, m); err != nil {
			return err
		}
	}
	if err := <-ended; err != nil {
		return err
	}
	return errors.New("the connection was closed")
}

// take gives a message to Take, and acknowledges it. After an error there is no
// connection any more.
func (c *Consumer) take(ctx context.Context, m amqp.Delivery) error {
	err := c.Take(ctx, m.Body)
	if ctx.Err() != nil {
		return ctx.Err() // it may be for that
	}
	if err != nil {
		slog.Warn("a message of RabbitMQ is dropped", "error", err)
	}
	return m.Ack(false)
}

// connect opens a connection.
func connect(ctx context.Context, url string) (*amqp.Connection, error) {
	through := func() bool { return true }
	conn, err := amqp.DialConfig(url, amqp.Config{
		Heartbeat:  beat,
		Properties: amqp.Table{"connection_name": "templar"},
		Dial: func(network, address string) (net.Conn, error) {
			raw, err := dial(ctx, network, address)
			if err == nil { // a broker that says nothing keeps nobody from ending
				through = context.AfterFunc(ctx, func() { _ = raw.Close() })
			}
			return raw, err
		},
	})
	through()
	return conn, err
}

// dial gives up when ctx ends. The deadline is for all that comes before messages, and
// is lifted then.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(dialTime)); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// consume declares what there has to be, and has messages come. When no more come,
// ended has the reason.
func (c *Consumer) consume(conn *amqp.Connection) (messages <-chan amqp.Delivery, ended <-chan *amqp.Error, err error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, nil, err
	}
	ended = ch.NotifyClose(make(chan *amqp.Error, 1))
	const durable, autoDelete, internal, noWait, exclusive, autoAck, noLocal = false, false, false, false, true, false, false
	queue := "hightemplar_" + uuid.New()
	if err := ch.ExchangeDeclare(c.Exchange, amqp.ExchangeDirect, durable, autoDelete, internal, noWait, nil); err != nil {
		return nil, nil, err
	}
	if _, err := ch.QueueDeclare(queue, durable, autoDelete, exclusive, noWait, nil); err != nil {
		return nil, nil, err
	}
	if err := ch.QueueBind(queue, key, c.Exchange, noWait, nil); err != nil {
		return nil, nil, err
	}
	if err := ch.Qos(prefetch, 0, false); err != nil {
		return nil, nil, err
	}
	messages, err = ch.Consume(queue, "", autoAck, exclusive, noLocal, noWait, nil)
	return messages, ended, err
}
