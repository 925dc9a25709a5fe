package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/rootspush/roots/examples/templar/rooms"
	"github.com/rootspush/roots/internal/batch"
)

// What a publication may have.
const (
	MaxRooms       = 1000          // rooms
	MaxPublication = batch.MaxBody // bytes of JSON in all
)

// What a publication must have.
var (
	ErrNoRooms = errors.New("rooms not specified")
	ErrNoData  = errors.New("data not specified")
)

// A Publication is data, and the rooms that it is for. Whoever is in a room that one
// of them meets gets it.
type Publication struct {
	rooms []rooms.Room
	data  string
}

// ParsePublication reads {"rooms": [ROOM, …], "data": ANY}. It returns [ErrNoRooms] or
// [ErrNoData] if that is missing, or what else is wrong.
func ParsePublication(body []byte) (p Publication, err error) {
	if len(body) > MaxPublication {
		return p, fmt.Errorf("a publication is %d bytes long, at most %d are allowed", len(body), MaxPublication)
	}
	var fields map[string]json.RawMessage
	if !utf8.Valid(body) || json.Unmarshal(body, &fields) != nil {
		return p, fmt.Errorf("%.80q is no publication, which is {\"rooms\": [{\"customer\": 1}], \"data\": …}", body)
	}
	var some []json.RawMessage
	if err := json.Unmarshal(fields["rooms"], &some); err != nil || some == nil {
		return p, ErrNoRooms
	}
	if fields["data"] == nil {
		return p, ErrNoData
	}
	if len(some) > MaxRooms {
		return p, fmt.Errorf("there are %d rooms, at most %d are allowed", len(some), MaxRooms)
	}
	for _, raw := range some {
		room, err := rooms.Parse(raw)
		if err != nil {
			return Publication{}, err
		}
		p.rooms = append(p.rooms, room)
	}
	p.data = string(fields["data"])
	return p, nil
}

// Publish has p sent, after all that was taken before, and returns when it was taken.
// It waits for [Gateway.Run], which takes one after the other, and returns the error of
// ctx if that ends before.
func (g *Gateway) Publish(ctx context.Context, p Publication) error {
	select {
	case g.taken <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TakeRabbit publishes the body of a message from RabbitMQ, and waits as Publish does.
// It returns an error if the body is no publication.
func (g *Gateway) TakeRabbit(ctx context.Context, body []byte) error {
	g.counters.rabbit.Add(1)
	p, err := ParsePublication(body)
	if err != nil {
		return err
	}
	return g.Publish(ctx, p)
}

// announceAll hands on what is published, one after the other, so that all clients
// get it in the same order. Data may be longer than [thestral.MaxMessage], which bounds
// what pieces take from outside: here that is MaxPublication.
func (g *Gateway) announceAll(ctx context.Context) {
	for {
		select {
		case p := <-g.taken:
			for _, path := range g.hall.meeting(p.rooms) {
				g.dolores.Update(nil, path, p.data)
			}
		case <-ctx.Done():
			return
		}
	}
}
