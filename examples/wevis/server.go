package wevis

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"sync"
	"time"
)

// DefaultAddress is where servers listen and clients go where nothing else was
// chosen. The original's server is reached under the name of its machine.
const DefaultAddress = "localhost:12121"

// DefaultMaxConnections is how many connections there may be where nothing else
// was chosen.
const DefaultMaxConnections = 10_000

// acceptRest is how long the server waits after it could not accept a
// connection, as a rule because the system has too many open files.
const acceptRest = 100 * time.Millisecond

// A Server lets users into rooms. Fill in the fields before it is used, and do
// not change them then.
type Server struct {
	Protocol  *Protocol
	Validator Validator
	// Room is where users are let in whose [User.Room] is nil.
	Room *Room
	// Address is where Run listens. "" stands for DefaultAddress.
	Address string
	// PerUser is how many connections users of one name may have. 0 stands for
	// 1, and less for any number.
	PerUser int
	// MaxConnections bounds the connections; more are closed at once. 0 stands
	// for DefaultMaxConnections.
	MaxConnections int

	once       sync.Once
	validating chan struct{} // has an element for each validator at work

	mu    sync.Mutex         // guards what is below
	users map[string]int     // their connections
	rooms map[*Room]struct{} // that somebody was let into
}

// Run listens at the Address and serves until ctx ends. It may be put into the
// care of Dolores.
func (s *Server) Run(ctx context.Context) error {
	address := s.Address
	if address == "" {
		address = DefaultAddress
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return s.Serve(ctx, listener)
}

// Serve serves until ctx ends, and closes the listener. Then it sends what is
// queued, closes all connections, waits until the rooms have handled what came,
// and returns nil; this takes [FlushTime] twice at the most. It returns an error
// only if a field of the server is wrong or the listener was closed by another.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	if err := s.check(); err != nil {
		_ = listener.Close()
		return err
	}
	attending, cancel := context.WithCancel(ctx)
	var connections sync.WaitGroup
	err := s.accept(attending, listener, &connections)
	if ctx.Err() != nil {
		err = nil // the listener was closed for that
	}
	cancel()
	connections.Wait()
	s.flushRooms()
	return err
}

// check says what is wrong with the fields. If nothing is, the server is ready.
func (s *Server) check() error {
	if s.Protocol == nil || s.Validator == nil {
		return errors.New("wevis: a server must have a Protocol, a Validator and a Room")
	}
	s.once.Do(func() {
		s.validating = make(chan struct{}, maxValidating)
		s.users, s.rooms = map[string]int{}, map[*Room]struct{}{}
	})
	return s.checkRoom(s.Room)
}

func (s *Server) checkRoom(r *Room) error {
	if err := r.check(); err != nil {
		return err
	}
	if r.Protocol != s.Protocol {
		return errors.New("wevis: a room must have the same Protocol as its server")
	}
	return nil
}

// accept attends to each connection in a goroutine, until the listener is closed.
func (s *Server) accept(ctx context.Context, listener net.Listener, connections *sync.WaitGroup) error {
	places := make(chan struct{}, orDefault(s.MaxConnections, DefaultMaxConnections))
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) || err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			slog.Error("a connection could not be accepted", "error", err)
			sleep(ctx, acceptRest)
			continue
		}
		select {
		case places <- struct{}{}:
			connections.Go(func() {
				defer func() { <-places }()
				s.attend(ctx, conn)
			})
		default:
			slog.Warn("a connection is refused, there are too many", "allowed", cap(places))
			_ = conn.Close()
		}
	}
}

// flushRooms waits until the rooms are done.
func (s *Server) flushRooms() {
	ctx, cancel := context.WithTimeout(context.Background(), FlushTime)
	defer cancel()
	s.mu.Lock()
	rooms := maps.Clone(s.rooms)
	s.mu.Unlock()
	for room := range rooms {
		room.flush(ctx)
	}
}

func orDefault(value, standard int) int {
	if value <= 0 {
		return standard
	}
	return value
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
