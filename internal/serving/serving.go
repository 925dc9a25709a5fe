// Package serving runs an HTTP server for as long as a context goes on, in the form
// in which Dolores takes something into her care.
package serving

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// The times of the end.
const (
	grace     = 5 * time.Second // that requests under way may take to end
	firstWord = time.Second     // that a new connection may take to ask for something
	aMoment   = 50 * time.Millisecond
	lookAgain = 5 * time.Millisecond
)

// HTTP calls serve, which is a method of server such as Serve, with the listener, and
// ends it when ctx does: nothing more is accepted, whoever was accepted is answered,
// requests that are under way are finished, but those that take longer than five
// seconds are cut off. It returns nil then, and the error of serve if that ends before.
// It waits until serve has ended.
//
// So no request is lost if the listener is a copy of one that somebody else goes on to
// hold, as a service manager does.
func HTTP(ctx context.Context, server *http.Server, listener net.Listener, serve func(net.Listener) error) error {
	fresh := watch(server)
	ended := make(chan error, 1)
	go func() { ended <- serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	soon, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	_ = listener.Close()
	<-ended
	fresh.wait()
	if err := server.Shutdown(soon); err != nil {
		slog.Warn("some connections are cut off, because their requests did not end", "error", err)
		server.Close()
	}
	return nil
}

// A crowd is the connections that have not asked for anything yet. net/http drops the
// first request of one without a word if the server was told to shut down before.
type crowd struct{ conns sync.Map }

func watch(server *http.Server) *crowd {
	c, before := new(crowd), server.ConnState
	server.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew {
			c.conns.Store(conn, nil)
		} else {
			c.conns.Delete(conn)
		}
		if before != nil {
			before(conn, state)
		}
	}
	return c
}

// wait waits until all have asked, or had their time to. A connection counts as one
// that has asked a moment before net/http looks whether to shut down, so it waits for
// that moment too. It counts how often it looked, not the time: if the machine stood
// still for long, those who ask did so too.
func (c *crowd) wait() {
	waiting := true
	for looks := 0; waiting && looks < int(firstWord/lookAgain); looks++ {
		time.Sleep(lookAgain)
		waiting = false
		c.conns.Range(func(any, any) bool { waiting = true; return false })
	}
	for range aMoment / lookAgain {
		time.Sleep(lookAgain)
	}
}
