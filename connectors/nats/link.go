package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	client "github.com/nats-io/nats.go"
)

// A link is one connection to NATS, from its beginning to its end. What a client
// of NATS does to reconnect is turned off, so that it is always known which
// connection something was written to, or came from: what has to be made good
// afterwards follows from that.
//
//	follow    subscribes to what is heard here
//	receive   takes what comes, and watches the marks of the others
//	send      writes what is in the outbox, and sets marks
type link struct {
	*Node
	ctx   context.Context // ends with the link
	end   context.CancelCauseFunc
	conn  *client.Conn
	inbox chan *client.Msg
	asks  chan *client.Msg // questions

	passing           sync.Map // what pass put into the inbox -> what to close
	taken             int      // out of the inbox
	gapFrom, gapUntil int      // after so many something may have been dropped
	buffer            []byte
	batch             []entry
}

// The times of a link.
const (
	markEvery      = 250 * time.Millisecond
	dialTimeout    = 2 * time.Second
	writeTimeout   = 5 * time.Second
	pingEvery      = 2 * time.Second // two without an answer end the link
	leaveTimeout   = 2 * time.Second
	confirmTimeout = 10 * time.Second
	settleTime     = 2 * markEvery // in which all that are there set a mark
)

// inboxSize is how many letters may wait to be handed on. When there are more,
// they are dropped, and asked for again.
const inboxSize = 1 << 16

// batchSize is how many letters are sent before anything else is looked at.
const batchSize = 256

// dial opens a link, which ends with ctx.
func (n *Node) dial(ctx context.Context) (*link, error) {
	ctx, end := context.WithCancelCause(ctx)
	l := &link{Node: n, ctx: ctx, end: end, inbox: make(chan *client.Msg, inboxSize), asks: make(chan *client.Msg, mostWaiting), batch: make([]entry, batchSize)}
	options := append(n.options.Connect[:len(n.options.Connect):len(n.options.Connect)],
		client.Name(n.name), client.NoEcho(), client.NoReconnect(), client.Timeout(dialTimeout),
		client.PingInterval(pingEvery), client.MaxPingsOutstanding(2), client.FlusherTimeout(writeTimeout),
		client.ClosedHandler(func(c *client.Conn) { end(fmt.Errorf("the connection to NATS was lost: %w", orClosed(c.LastError()))) }),
		client.ErrorHandler(l.fails))
	var err error
	if l.conn, err = client.Connect(n.options.URL, options...); err != nil {
		end(err)
		return nil, err
	}
	return l, nil
}

func orClosed(err error) error {
	if err == nil {
		return client.ErrConnectionClosed
	}
	return err
}

// fails is told what goes wrong on the connection.
func (l *link) fails(_ *client.Conn, _ *client.Subscription, err error) {
	if !errors.Is(err, client.ErrSlowConsumer) { // receive sees to that
		l.end(err)
	}
}

// run serves the link until it ends, and returns why.
func (l *link) run() error {
	defer l.conn.Close()
	l.heard.begin()
	defer l.heard.end()
	if err := l.open(); err != nil {
		l.end(err)
		return err
	}
	slog.Info("this node is joined with the others", "server", l.conn.ConnectedUrlRedacted())
	l.current.Store(l)
	defer l.current.Store(nil)
	l.peers.resume(l.now())
	defer func() { l.peers.interrupt(l.now()) }()
	settled := time.AfterFunc(settleTime, l.settle)
	defer settled.Stop()
	var all sync.WaitGroup
	all.Go(l.follow)
	all.Go(l.receive)
	all.Go(l.answerAll)
	l.send()
	all.Wait()
	return context.Cause(l.ctx)
}

// open subscribes to all that is heard, and to the marks last: whoever sees one
// gets all that follows it. It waits until NATS has it.
func (l *link) open() error {
	for more := true; more; {
		var err error
		if more, err = l.step(); err != nil {
			return err
		}
	}
	if _, err := l.conn.ChanSubscribe(ownSubject(askSubjects, l.name)+".*", l.asks); err != nil {
		return err
	}
	for _, subject := range []string{ownSubject(idSubjects, l.name) + ".>", ownSubject(againSubjects, l.name), markSubject} {
		if _, err := l.conn.ChanSubscribe(subject, l.inbox); err != nil {
			return err
		}
	}
	return l.confirm()
}

// confirm waits until NATS has all that was written so far.
func (l *link) confirm() error {
	ctx, cancel := context.WithTimeout(l.ctx, confirmTimeout)
	defer cancel()
	return l.conn.FlushWithContext(ctx)
}

// follow subscribes and unsubscribes as receivers come and go.
func (l *link) follow() {
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.heard.line:
		}
		if _, err := l.step(); err != nil {
			l.end(err)
			return
		}
	}
}

// step does what is first in line, and waits until NATS has it. It reports whether
// there may be more.
func (l *link) step() (more bool, err error) {
	b := l.heard.take()
	if err := l.subscribe(b); err != nil {
		return false, err
	}
	if err := l.confirm(); err != nil {
		return false, err
	}
	l.heard.settle(b)
	return len(b.keys) == stepSize, nil
}

// subscribe does what is in line, as far as it is still so.
func (l *link) subscribe(b batch) error {
	for _, k := range b.keys {
		h := l.heard.of(k)
		var err error
		switch wanted := l.wants(k); {
		case wanted && h.sub == nil:
			h.sub, err = l.listen(k)
		case !wanted && h.sub != nil:
			err = h.sub.Unsubscribe()
			h.sub = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *link) listen(k key) (*client.Subscription, error) {
	subject, err := k.subject()
	if err != nil {
		return nil, err
	}
	return l.conn.ChanSubscribe(subject, l.inbox)
}

// wants says whether anybody here is concerned by k now.
func (l *link) wants(k key) bool {
	if k.isID {
		_, known := l.directory.Lookup(k.Text)
		return known || l.arrivals.hears(k)
	}
	return l.owl.Count(k.Heard) > 0 || l.arrivals.hears(k)
}
