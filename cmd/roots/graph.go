package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rootspush/roots/connectors/nats"
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// A graph is the running routes at a moment: an edge is where updates travel. It
// is read from the tables that updates go through, so it can't say anything else
// than what happens.
//
//	from            to
//	source          the piece that gets what comes in there
//	piece           each to whom it hands on: dolores to her delegates
//	pig             the paths and patterns that somebody hears
//	path, pattern   each receiver: a session, or what the program put there
//
// A guard is asked whether it lets the path or pattern pass that it stands before;
// where it stands before all, its edge is drawn. What lies behind a queue is not
// known: the queue is where the edge ends.
//
// It is as large as the limit allows. The rest is counted.
type graph struct {
	Nodes   []node  `json:"nodes"`
	Edges   []edge  `json:"edges"`
	LeftOut leftOut `json:"leftOut"`
}

// A node has an ID that is its own in one graph; that of a session is the id of
// the session.
type node struct {
	ID        string `json:"id"`
	Kind      kind   `json:"kind"`
	Name      string `json:"name"`
	Receivers int    `json:"receivers,omitempty"` // of a path or pattern, drawn or not
	Session   *shown `json:"session,omitempty"`
}

type kind string

const (
	aSource   kind = "source"
	aPiece    kind = "piece"
	aPath     kind = "path"
	aPattern  kind = "pattern"
	aReceiver kind = "receiver" // that is no session
	aSession  kind = "session"
)

// kinds is the order in which nodes are listed.
var kinds = []kind{aSource, aPiece, aPath, aPattern, aReceiver, aSession}

// A shown is what is shown of a session.
type shown struct {
	Transport   string    `json:"transport"`
	Began       time.Time `json:"began"`
	Messages    int       `json:"messages"` // that wait in its queue
	MaxMessages int       `json:"maxMessages"`
	Bytes       int       `json:"bytes"`
	MaxBytes    int       `json:"maxBytes"`
}

type edge struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type leftOut struct {
	Receivers   int `json:"receivers"`
	Connections int `json:"connections"` // of a path or pattern to a receiver
}

// A sender is where updates come in, and whom they are given to.
type sender struct {
	name string
	to   thestral.Thestral
}

// graph draws at most limit receivers, and at most limit connections to them.
func (s *server) graph(limit int) graph {
	p := &painter{server: s, limit: limit, drawn: map[string]bool{}, graph: graph{Nodes: []node{}, Edges: []edge{}}}
	for _, from := range s.senders {
		p.edge(p.node(node{ID: "source:" + from.name, Kind: aSource, Name: from.name}), p.follow(from.to, ""))
	}
	p.follow(s.dolores, "")
	p.receivers()
	p.sessions()
	p.leaveOut()
	return p.sorted()
}

// A painter draws a graph.
type painter struct {
	server                 *server
	limit                  int
	graph                  graph
	drawn                  map[string]bool // by ID
	receiving, connections int
}

// node draws n, unless it is there. It returns the ID.
func (p *painter) node(n node) string {
	if !p.drawn[n.ID] {
		p.drawn[n.ID] = true
		p.graph.Nodes = append(p.graph.Nodes, n)
	}
	return n.ID
}

func (p *painter) edge(from, to string) { p.graph.Edges = append(p.graph.Edges, edge{from, to}) }

// follow draws t and all that it hands on to. Path is what is heard, or empty
// where that is everything. It returns the ID of t.
func (p *painter) follow(t thestral.Thestral, path string) (id string) {
	switch t {
	case thestral.Thestral(p.server.pig):
		return p.node(node{ID: "pig", Kind: aPiece, Name: "pig"})
	case thestral.Thestral(p.server.dolores):
		if id = "dolores"; p.drawn[id] {
			return id
		}
		p.node(node{ID: id, Kind: aPiece, Name: id})
	default:
		id = p.node(node{ID: fmt.Sprint("piece:", len(p.graph.Nodes)), Kind: aPiece, Name: p.server.nameOf(t)})
	}
	for _, next := range handsOn(t, path) {
		p.edge(id, p.follow(next, path))
	}
	return id
}

// handsOn returns to whom t hands on what is said of path.
func handsOn(t thestral.Thestral, path string) []thestral.Thestral {
	if guard, is := t.(*filch.Filch); is && path != "" && !guard.Allows(nil, path, "") {
		return nil
	}
	if p, is := t.(thestral.Prompt); is {
		return p.Next()
	}
	return nil
}

// nameOf says what t is.
func (s *server) nameOf(t thestral.Thestral) string {
	switch t := t.(type) {
	case *filch.Filch:
		return "filch"
	case *nats.Node:
		return "nats"
	case *dolores.Dolores:
		return "arrivals"
	case *thestral.Queue:
		switch {
		case s.log != nil && t == s.log.updates:
			return "log"
		case s.recording != nil && t == s.recording.queue:
			return "recording"
		}
		return "queue"
	case fmt.Stringer:
		return t.String()
	default:
		name := fmt.Sprintf("%T", t)
		return name[strings.LastIndexByte(name, '.')+1:]
	}
}

// receivers draws who hears something.
func (p *painter) receivers() {
	for r := range p.server.pig.Receivers() {
		if p.receiving == p.limit || p.connections == p.limit {
			return
		}
		to := p.receiver(r)
		for _, h := range r.Heard[:min(len(r.Heard), p.limit-p.connections)] {
			p.connections++
			p.edge(p.heard(h), to)
		}
	}
}

// receiver draws who hears something, and returns its ID. A session has an ID,
// and so has what a program registered; what it put there by On has none, and
// hears one thing.
func (p *painter) receiver(r pig.Receiver) string {
	p.receiving++
	switch v, ok := p.server.session(r.ID); {
	case ok:
		return p.node(sessionOf(v))
	case r.ID != "":
		return p.node(node{ID: r.ID, Kind: aReceiver, Name: r.ID})
	default:
		at := len(p.graph.Nodes)
		id := p.follow(r.To, r.Heard[0].Text)
		p.graph.Nodes[at].Kind = aReceiver
		return id
	}
}

// heard draws a path or pattern, as what Pig hands on to, and returns its ID.
func (p *painter) heard(h pig.Heard) string {
	n := node{ID: "path:" + h.Text, Kind: aPath, Name: h.Text}
	if h.Pattern {
		n.ID, n.Kind = "pattern:"+h.Text, aPattern
	}
	if !p.drawn[n.ID] {
		n.Receivers = p.server.pig.Count(h)
		p.edge(p.follow(p.server.pig, ""), n.ID)
	}
	return p.node(n)
}

// sessions draws those that hear nothing too.
func (p *painter) sessions() {
	if p.server.firenze == nil {
		return
	}
	for v := range p.server.firenze.Sessions() {
		if p.receiving == p.limit {
			return
		}
		if !p.drawn[v.ID] {
			p.receiving++
			p.node(sessionOf(v))
		}
	}
}

// leaveOut counts what is not drawn. While clients come and go that is not exact.
func (p *painter) leaveOut() {
	heard := p.server.pig.Stats()
	p.graph.LeftOut = leftOut{
		Receivers:   max(0, p.server.dolores.Stats().Registered+heard.Local-p.receiving),
		Connections: max(0, heard.Connections+heard.Local-p.connections),
	}
}

// sorted returns the graph in an order that does not depend on the tables.
func (p *painter) sorted() graph {
	slices.SortStableFunc(p.graph.Nodes, func(a, b node) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), a.began().Compare(b.began()), cmp.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(p.graph.Edges, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return p.graph
}

func (n node) began() time.Time {
	if n.Session == nil {
		return time.Time{}
	}
	return n.Session.Began
}
