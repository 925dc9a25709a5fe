package rabbit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/rootspush/roots/examples/templar/internal/broker"
	"github.com/rootspush/roots/examples/templar/rabbit"
)

// A consumer runs until the test ends.
type consumer struct {
	t    testing.TB
	came chan string
	stop func()
}

// consume hears an exchange. A message "bad" is wrong.
func consume(t testing.TB, url, exchange string) *consumer {
	c := &consumer{t: t, came: make(chan string, 10_000)}
	of := &rabbit.Consumer{URL: url, Exchange: exchange, Take: func(_ context.Context, body []byte) error {
		if string(body) == "bad" {
			return errors.New("it is bad")
		}
		c.came <- string(body)
		return nil
	}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- of.Run(ctx) }()
	c.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(c.stop)
	return c
}

// wants checks what comes next.
func (c *consumer) wants(messages ...string) {
	c.t.Helper()
	for _, want := range messages {
		select {
		case got := <-c.came:
			if got != want {
				c.t.Errorf("came %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			c.t.Fatalf("%q did not come", want)
		}
	}
}

// A record is what was logged.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) count(text string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.text.String(), text)
}

// waitFor waits until a text was logged so many times.
func (r *record) waitFor(t testing.TB, text string, times int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); r.count(text) < times; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q was not logged %d times:\n%s", text, times, &r.text)
		}
	}
}

func logged(t testing.TB) *record {
	r, before := new(record), slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(r, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return r
}

const (
	heard = "RabbitMQ is heard"
	lost  = "there is no RabbitMQ"
)

func publish(t testing.TB, ch *amqp.Channel, exchange string, messages ...string) {
	t.Helper()
	for _, body := range messages {
		if err := ch.Publish(exchange, "*", false, false, amqp.Publishing{Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBroker: with one broker, as it takes some time to start.
func TestBroker(t *testing.T) {
	b := broker.Start(t)
	t.Run("hears", func(t *testing.T) { testHears(t, b) })
	t.Run("exchange of another kind", func(t *testing.T) { testOtherKind(t, b) })
	t.Run("ends", func(t *testing.T) { testEnds(t, b) })
	t.Run("killed", func(t *testing.T) { testKilled(t, b) })
}

// testHears: all comes in order, to each consumer, except what is bad or has another
// routing key.
func testHears(t *testing.T, b *broker.Broker) {
	log := logged(t)
	one, other := consume(t, b.URL, "hears"), consume(t, b.URL, "hears")
	log.waitFor(t, heard, 2)
	ch := b.Channel(t)
	var all []string
	for i := range 1000 { // more than are sent ahead, so they must be acknowledged
		all = append(all, fmt.Sprint(i))
	}
	publish(t, ch, "hears", "bad")
	if err := ch.Publish("hears", "x", false, false, amqp.Publishing{Body: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	publish(t, ch, "hears", all...)
	one.wants(all...)
	other.wants(all...)
	if n := log.count("is dropped"); n != 2 || log.count("it is bad") != 2 {
		t.Errorf("%d drops were logged:\n%s", n, &log.text)
	}
}

// testOtherKind: what the broker says is logged once, and when it is mended all goes on.
func testOtherKind(t *testing.T, b *broker.Broker) {
	log := logged(t)
	ch := b.Channel(t)
	if err := ch.ExchangeDeclare("kind", "fanout", false, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	c := consume(t, b.URL, "kind")
	log.waitFor(t, "PRECONDITION_FAILED", 1)
	if err := ch.ExchangeDelete("kind", false, false); err != nil {
		t.Fatal(err)
	}
	log.waitFor(t, heard, 1)
	publish(t, ch, "kind", "1")
	c.wants("1")
}

// testEnds: it takes no more, and its queue is gone.
func testEnds(t *testing.T, b *broker.Broker) {
	log := logged(t)
	c := consume(t, b.URL, "ends")
	log.waitFor(t, heard, 1)
	c.stop()
	ch := b.Channel(t)
	returned := ch.NotifyReturn(make(chan amqp.Return, 1))
	for end := time.Now().Add(time.Minute); ; { // the broker may take a moment to notice
		if err := ch.Publish("ends", "*", true, false, amqp.Publishing{Body: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-returned:
			return
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("somebody still hears")
		}
	}
}

// testKilled: it says so, once, and goes on when the broker is back.
func testKilled(t *testing.T, b *broker.Broker) {
	log := logged(t)
	c := consume(t, b.URL, "killed")
	log.waitFor(t, heard, 1)
	publish(t, b.Channel(t), "killed", "before")
	c.wants("before")
	b.Kill()
	log.waitFor(t, lost, 1)
	b.Restart()
	log.waitFor(t, heard, 2)
	publish(t, b.Channel(t), "killed", "after")
	c.wants("after")
	if n := log.count("connection refused"); n > 1 {
		t.Errorf("that there is none was logged %d times", n)
	}
	if strings.Contains(log.text.String(), "guest") {
		t.Error("the password is logged")
	}
}

func TestCheck(t *testing.T) {
	for url, fine := range map[string]bool{"amqp://h/": true, "amqps://u:p@h:1/v": true, "": false, "http://h/": false, "h:5672": false} {
		if err := rabbit.Check(url); (err == nil) != fine {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestSilentBroker: one that accepts, and says nothing, does not keep Run from ending.
func TestSilentBroker(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			accepted <- conn
		}
	}()
	c := consume(t, "amqp://"+listener.Addr().String()+"/", "x")
	conn := <-accepted
	defer conn.Close()
	c.stop()
}
