package main

import "github.com/rootspush/roots/firenze"

// A picture is what a page draws: a part of the routes, and numbers about all.
type picture struct {
	Graph       graph          `json:"graph"`
	Sessions    int            `json:"sessions"`
	Transports  map[string]int `json:"transports"` // sessions by each
	Queues      queues         `json:"queues"`
	Paths       int            `json:"paths"` // that somebody hears
	Connections int            `json:"connections"`
}

// Queues are how many sessions have so full a queue.
type queues struct {
	Empty int `json:"empty"`
	Under int `json:"under"` // under half
	Over  int `json:"over"`  // half and more
}

// picture draws the routes, and looks at each session.
func (s *server) picture() picture {
	heard := s.pig.Stats()
	p := picture{Graph: s.graph(liveLimit), Transports: map[string]int{}, Paths: heard.Paths, Connections: heard.Connections}
	if s.firenze != nil {
		for v := range s.firenze.Sessions() {
			p.Sessions++
			p.Transports[v.Transport.String()]++
			p.Queues.count(v)
		}
	}
	return p
}

func (q *queues) count(v firenze.View) {
	switch {
	case v.Messages == 0:
		q.Empty++
	case v.Messages*2 < v.MaxMessages && v.Bytes*2 < v.MaxBytes:
		q.Under++
	default:
		q.Over++
	}
}
