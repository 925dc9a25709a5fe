// Package clock is what the time server and the time client share: the messages
// in definitions.txt, structs for them, and what the server answers.
//
//	a client says              and is answered
//	(nothing, it has come)     ServerReady
//	WhatTimeIsIt               ItIs, in the server's time zone
//	WhoAmI                     YouAre
//	PleaseMayIHaveSomeFloats   SomeFloats, as many as it asked for, or nothing above MaxFloats
package clock

import (
	"context"
	_ "embed"
	"log/slog"
	"time"

	"github.com/rootspush/roots/examples/wevis"
)

// The only user.
const (
	User     = "michael"
	Password = "mypassword"
)

// MaxFloats is how many floats of a kind somebody may ask for.
const MaxFloats = 1000

// The messages, as they are in definitions.txt.
type (
	ServerReady              struct{}
	WhatTimeIsIt             struct{}
	ItIs                     struct{ Hours, Minutes int32 }
	WhoAmI                   struct{}
	YouAre                   struct{ Name string }
	PleaseMayIHaveSomeFloats struct{ Singles, Doubles int32 }
	SomeFloats               struct {
		Singles []float32
		Doubles []float64
	}
)

//go:embed definitions.txt
var definitions string

// Protocol returns the messages.
func Protocol() *wevis.Protocol {
	protocol := wevis.NewProtocol()
	if err := protocol.Parse("definitions.txt", definitions); err != nil {
		panic(err) // the tests would have found it
	}
	return protocol
}

// NewServer returns a server that knows the time. It may be changed before it is
// used.
func NewServer() *wevis.Server {
	protocol := Protocol()
	room := &wevis.Room{
		Protocol:    protocol,
		UserEnter:   func(who *wevis.Member) { send(who, ServerReady{}) },
		Handle:      answer,
		Understands: []string{"WhatTimeIsIt", "WhoAmI", "PleaseMayIHaveSomeFloats"},
	}
	return &wevis.Server{Protocol: protocol, Validator: validate, Room: room}
}

func validate(_ context.Context, l wevis.Login) (*wevis.User, error) {
	if l.User != User || !l.Matches(Password) {
		return nil, nil
	}
	return &wevis.User{Name: l.User}, nil
}

func answer(from *wevis.Member, m *wevis.Message) {
	switch m.Name() {
	case "WhatTimeIsIt":
		now := time.Now()
		send(from, ItIs{int32(now.Hour()), int32(now.Minute())})
	case "WhoAmI":
		send(from, YouAre{from.User().Name})
	case "PleaseMayIHaveSomeFloats":
		if asked, err := wevis.As[PleaseMayIHaveSomeFloats](m); err == nil {
			sendFloats(from, asked)
		}
	}
}

func sendFloats(to *wevis.Member, asked PleaseMayIHaveSomeFloats) {
	if min(asked.Singles, asked.Doubles) < 0 || max(asked.Singles, asked.Doubles) > MaxFloats {
		slog.Warn("nobody has that many floats", "singles", asked.Singles, "doubles", asked.Doubles)
		return
	}
	answer := SomeFloats{make([]float32, asked.Singles), make([]float64, asked.Doubles)}
	for i := range answer.Singles {
		answer.Singles[i] = float32(i) / 2
	}
	for i := range answer.Doubles {
		answer.Doubles[i] = float64(i) + 1.5
	}
	send(to, answer)
}

// send leaves alone who has gone meanwhile.
func send(to *wevis.Member, message any) {
	if err := to.Queue(message); err != nil {
		slog.Info("an answer was not sent", "user", to.User().Name, "error", err)
	}
}
