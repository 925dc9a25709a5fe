package main

import (
	"context"
	"fmt"
	"regexp"

	client "github.com/nats-io/nats.go"

	"github.com/rootspush/roots/connectors/nats"
	"github.com/rootspush/roots/dolores"
)

// join joins this node with others, if that is wanted, or lets Pig be alone.
func (s *server) join(c config) error {
	if c.nats.url == "" {
		s.dolores.Delegate(s.pig)
		return nil
	}
	options, err := s.natsOptions(&c.nats, c.name)
	if err != nil {
		return fmt.Errorf("--nats: %w", err)
	}
	options.Name, options.To, options.Missed = c.name, s.arrive(), s.endSessions
	if s.node, err = nats.Join(s.dolores, s.pig, options); err != nil {
		return fmt.Errorf("--nats: %w", err)
	}
	s.opened = append(s.opened, closer(s.node.Close))
	s.dolores.Delegate(s.node)
	if s.firenze != nil {
		s.node.Carry(s.firenze)
	}
	return nil
}

// closer makes an io.Closer of a function.
type closer func()

func (c closer) Close() error { c(); return nil }

// natsOptions says where NATS is, and starts it if that is here.
func (s *server) natsOptions(c *natsConfig, name string) (options nats.Options, err error) {
	options.URL, options.Connect = c.url, c.options()
	if c.url != embedded {
		s.lines = append(s.lines, "nats          "+redacted(c.url))
		return options, nil
	}
	b, err := openBroker(c, name)
	if err != nil {
		return options, err
	}
	s.broker = b
	s.opened = append(s.opened, closer(s.closeBroker))
	options.URL = "nats://" + b.Addr().String()
	options.Connect = append(options.Connect, client.InProcessServer(b))
	s.lines = append(s.lines, "nats          "+options.URL)
	return options, nil
}

// arrive is where goes what comes from other nodes: to those who are told what is
// given to this one, but not to the node, which would send it out again.
func (s *server) arrive() *dolores.Dolores {
	s.arrivals = new(dolores.Dolores)
	if s.log.updates != nil {
		s.arrivals.Delegate(s.log.updates)
	}
	if s.recording != nil {
		s.arrivals.Delegate(s.recording.queue)
	}
	s.arrivals.Delegate(s.pig)
	s.senders = append(s.senders, sender{"other nodes", s.arrivals})
	return s.arrivals
}

// endSessions has all clients begin anew, because updates of other nodes were lost
// for good.
func (s *server) endSessions() {
	<-s.wired
	if s.firenze == nil {
		return
	}
	for v := range s.firenze.Sessions() {
		s.firenze.End(v.ID)
	}
}

// leave waits until all others have stopped, and then takes this node out.
func (s *server) leave(ctx context.Context) error {
	<-ctx.Done()
	s.node.Close()
	s.closeBroker()
	return nil
}

// redacted are URLs without what may be secret in them.
func redacted(urls string) string { return userInfo.ReplaceAllString(urls, "//") }

var userInfo = regexp.MustCompile(`//[^/,]*@`)
