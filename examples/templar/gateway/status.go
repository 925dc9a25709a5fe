package gateway

import (
	"fmt"
	"sync/atomic"
	"time"
)

// counters are what a status is made of.
type counters struct {
	open     atomic.Int64
	rabbit   atomic.Uint64
	received atomic.Uint64
	queued   atomic.Int64
	sent     atomic.Uint64
	errors   atomic.Uint64
}

// A Status is what the gateway knows of itself.
type Status struct {
	OpenConnections int       // of clients that were let in
	Rooms           int       // that somebody is in
	OnlineSince     time.Time // when it began
	Rabbit          uint64    // messages that came from RabbitMQ
	Received        uint64    // messages of clients
	Sent            uint64    // messages published, one for each subscription
	Errors          uint64    // those that were queued for clients that ended before
	Queued          int       // those that still wait
}

// Status returns what has been counted.
func (g *Gateway) Status() Status {
	n := &g.counters
	return Status{
		OpenConnections: int(n.open.Load()), Rooms: g.hall.len(), OnlineSince: g.started,
		Rabbit: n.rabbit.Load(), Received: n.received.Load(),
		Sent: n.sent.Load(), Errors: n.errors.Load(), Queued: int(n.queued.Load()),
	}
}

// String returns the JSON object that clients are sent.
func (s Status) String() string {
	return fmt.Sprintf(`{"open_connections": %d, "num_rooms": %d, "online_since": "%s", "rabbitmq_messages_received": %d, `+
		`"ws_messages_received": %d, "ws_messages_send": %d, "ws_messages_send_error": %d, "ws_messages_send_queued": %d}`,
		s.OpenConnections, s.Rooms, s.OnlineSince.Local().Format("2006-01-02T15:04:05.000000"), s.Rabbit,
		s.Received, s.Sent, s.Errors, s.Queued)
}
