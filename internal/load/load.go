//go:build linux

package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/rootspush/roots/thestral"
)

// A load is one server with its clients, for one measurement.
type load struct {
	*driver
	subject subject
	server  *server

	clients   []*client
	posters   []*poster
	born      int     // clients that have a session
	got       []int   // how many clients have each message, by its number
	posted    int     // messages that were posted, to one client or to all
	complete  int     // messages that all clients have
	due       int     // deliveries, of what was posted
	delivered int     // of them
	latencies []int64 // of each, in nanoseconds
	lost      int
	doubled   int
}

func newLoad(ctx context.Context, s subject, dir string) (*load, error) {
	d, err := newDriver(ctx)
	if err != nil {
		return nil, err
	}
	server, err := s.start(ctx, dir)
	if err != nil {
		d.close()
		return nil, err
	}
	return &load{driver: d, subject: s, server: server}, nil
}

func (l *load) close() {
	l.driver.close()
	l.server.kill()
}

// everybody is the path of all clients in a fan-out.
const everybody = "all"

// open connects n clients, who hear one path together or each its own, and
// connections for posts. It returns when the server has taken all of them in.
func (l *load) open(n int, t transport, together bool, posters int) error {
	for i := range n {
		path := everybody
		if !together {
			path = "own/" + strconv.Itoa(i)
		}
		if err := l.openClient(path, t); err != nil {
			return err
		}
		if i%20 == 19 { // the server's backlog is no part of this
			if err := l.linger(time.Millisecond); err != nil {
				return err
			}
		}
	}
	if err := l.openPosters(posters); err != nil {
		return err
	}
	if !l.subject.dialect.sessions() {
		return l.linger(time.Second) // it says nothing when it has taken them in
	}
	if err := l.until(func() bool { return l.born == n }); err != nil {
		return err
	}
	return l.connect()
}

func (l *load) openClient(path string, t transport) (err error) {
	c := &client{load: l, path: path}
	if c.socket, err = l.dial(len(l.clients), l.server.clients, t.reader(c)); err != nil {
		return err
	}
	l.clients = append(l.clients, c)
	return c.ask(t.headers)
}

// begun counts a client that has its session.
func (l *load) begun(c *client) {
	l.born++
	l.progress = time.Now()
	if l.subject.bare && c.path != everybody {
		c.path = c.id
	}
}

// connect lets every client hear its path.
func (l *load) connect() error {
	if l.subject.bare {
		return nil
	}
	for _, c := range l.clients {
		if err := l.until(func() bool { return l.idle() != nil }); err != nil {
			return err
		}
		if err := l.post(thestral.Connect, thestral.JoinConnection(c.id, c.path)); err != nil {
			return err
		}
	}
	return l.until(func() bool { return !slices.ContainsFunc(l.posters, func(p *poster) bool { return p.busy }) })
}

// count counts a delivery.
func (l *load) count(number int) {
	l.delivered++
	for len(l.got) <= number {
		l.got = append(l.got, 0)
	}
	l.got[number]++
	if l.got[number] == len(l.clients) {
		l.complete++
	}
}

// missing counts as lost what has not come until now. A message that was never
// posted for a client counts as doubled.
func (l *load) missing() {
	for _, c := range l.clients {
		l.lost += max(c.sent-c.next, 0)
		l.doubled += max(c.next-c.sent, 0)
	}
}
