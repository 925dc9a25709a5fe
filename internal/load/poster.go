//go:build linux

package main

import (
	"fmt"
	"time"
)

// A poster is a back-end's connection, with one post at a time.
type poster struct {
	load   *load
	socket *socket
	busy   bool // its post has not been answered
}

func (p *poster) take(data []byte) (int, error) {
	_, _, n, err := splitAnswer(data)
	if n > 0 {
		p.busy = false
		p.load.progress = time.Now()
	}
	return n, err
}

func (p *poster) post(target, body string) error {
	p.busy = true
	return p.socket.send(fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nContent-Length: %d\r\n\r\n%s", target, len(body), body))
}

// idle returns a poster that is free, or nil.
func (l *load) idle() *poster {
	for _, p := range l.posters {
		if !p.busy {
			return p
		}
	}
	return nil
}

func (l *load) openPosters(n int) (err error) {
	for range n {
		p := &poster{load: l}
		if p.socket, err = l.dial(0, l.server.backends, p); err != nil {
			return err
		}
		l.posters = append(l.posters, p)
		l.first = append(l.first, p.socket) // a back-end's answers do not wait for ten thousand clients
	}
	return nil
}
