package wevis

import (
	"net/http"
	"sync"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/thestral"
)

// A Bridge lets browsers into the rooms of a server, by the same validator and
// with the same limit for each user. It is an http.Handler for the root of a site:
//
//	/comet/           Firenze, with pomona.js
//	POST /enter/ID    lets the session ID in: see below
//
// A page uses Pomona, whose paths are the names of messages:
//
//	const pomona = new Pomona({
//	  connectUrl: "/enter/{id}",
//	  headers: { Authorization: "Basic " + btoa("michael:mypassword") },
//	});
//	pomona.connect("ItIs", (text) => show(JSON.parse(text)), () => pomona.update("WhatTimeIsIt", "{}"));
//
// Everything that is queued for its member reaches the page, and what it sends
// is handled as if it came over TCP; what is wrong is logged and dropped. A
// browser is in the room for as long as its session lasts.
type Bridge struct {
	server  *Server
	dolores *dolores.Dolores
	firenze *firenze.Firenze
	handler http.Handler

	mu       sync.Mutex         // guards visitors
	visitors map[string]*Member // the browsers in a room, by the ids of their sessions
}

var _ thestral.Prompt = (*Bridge)(nil)

// NewBridge returns a bridge to a server, whose fields must be filled in. Close
// ends it.
func NewBridge(server *Server) (*Bridge, error) {
	if err := server.check(); err != nil {
		return nil, err
	}
	b := &Bridge{
		server:   server,
		dolores:  new(dolores.Dolores),
		visitors: map[string]*Member{},
	}
	b.firenze = firenze.New(b.dolores, firenze.Options{Incoming: b})
	b.dolores.Delegate(porter{b})
	mux := http.NewServeMux()
	mux.Handle("/comet/", http.StripPrefix("/comet", b.firenze))
	mux.HandleFunc("POST /enter/{id}", b.serveEnter)
	b.handler = http.NewCrossOriginProtection().Handler(mux)
	return b, nil
}

// ServeHTTP serves what browsers ask for.
func (b *Bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.handler.ServeHTTP(w, r) }

// Drain lets the browsers go: give it to http.Server.RegisterOnShutdown.
func (b *Bridge) Drain() { b.firenze.Drain() }

// Close ends all sessions and waits until the browsers have left their rooms.
func (b *Bridge) Close() { b.firenze.Close() }

// Update hands on what a browser sends. Who is not in a room is no member, and
// so the guard at the door of the server's room drops that.
func (b *Bridge) Update(sender thestral.Thestral, path, text string) {
	b.mu.Lock()
	member := b.visitors[sender.(firenze.Session).ID()]
	b.mu.Unlock()
	if member == nil {
		b.server.Room.Update(sender, path, text)
		return
	}
	member.room.Update(member, path, text)
}

// Next lists the room of the server; others are no way back to here either.
func (b *Bridge) Next() []thestral.Thestral { return []thestral.Thestral{b.server.Room} }

// A porter is told by Dolores whose session is over.
type porter struct{ *Bridge }

func (p porter) Update(_ thestral.Thestral, path, id string) {
	if path == thestral.Gone {
		p.leave(id)
	}
}

func (porter) Next() []thestral.Thestral { return nil }

// leave has a browser leave its room. It does nothing if it is in none.
func (b *Bridge) leave(id string) {
	b.mu.Lock()
	member := b.visitors[id]
	delete(b.visitors, id)
	b.mu.Unlock()
	if member != nil {
		member.room.exit(member)
		b.server.release(member)
	}
}
