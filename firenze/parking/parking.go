// Package parking holds HTTP/1.1 connections that wait, without a goroutine and
// without a buffer for each.
//
// A handler that has nothing to say yet parks the connection of its request in a
// [Lot] and returns. One poller for many connections watches it. Whoever has
// something to say writes to the [Conn], or wakes it and lets its [Guest] write;
// when the client's next request comes, the connection goes back to the very
// http.Server that it came from, so middleware, routes, keep-alive and Shutdown go
// on working.
//
//	request                                   Park
//	HTTP/1.1 over TCP or a Unix socket        parks it, for some 150 bytes of heap
//	the same, from a listener that wraps its  parks it, for two goroutines; that is
//	connections                               not known until it is too late to refuse
//	with a body                               [errors.ErrUnsupported]: what is unread of
//	                                          it would pass for the next request
//	TLS, HTTP/2, no Hijack, a net.Pipe, not   [errors.ErrUnsupported]
//	on Linux, macOS or a BSD
//
// After ErrUnsupported the writer is as it was, and the handler waits in its
// goroutine. That takes 20,000 bytes with the stack (TestCost), but half of the
// processor time that parking and returning do (BenchmarkPoll).
//
// To wake ten thousand guests that say something takes 0.8 times what it takes to send
// that by a call for each bare descriptor (BenchmarkFanOut), as a poller hands the
// kernel what many have said at once (io_uring). Where it may not, it makes the calls
// and takes 1.0 times that: before Linux 5.7, with kernel.io_uring_disabled, in a
// container whose filter forbids it as Docker's does, and on other systems.
//
// # Guarantees
//
//   - Nothing waits for a client: neither Wake, nor Write, nor Close, nor Return,
//     and WakeHere only for the guest.
//   - What is written arrives in the order of the calls, or the client is Gone.
//     A client that takes nothing for a while, or leaves too much lying, is cut.
//     Nothing is ever left out from the middle.
//   - A [Guest] is told one thing at a time, though not always on one goroutine, and
//     sees what it did before. So what it touches only there needs no lock.
//   - After a Wake a Ready begins, unless the connection leaves.
//   - Of Close, Return and Gone one happens, once, after which there is no Ready.
//     A client that closes, even one side, is Gone at once.
//   - A descriptor is used only under the lock of its Conn, which forgets it there
//     before anyone closes it. So no call can hit another connection that was given
//     the same number since. A late report of the kernel does no harm either.
//   - No lock is held while a Guest or a hook of the server is called.
//
// # What is left to the owner
//
// The bytes are the owner's, status line and all. A request with r.Close set is
// answered with "Connection: close" and Close. The Lot bounds how long a client
// takes to accept, never how long it waits: whoever parks connections closes
// those that have been there for too long; All finds them.
//
// A parked connection is not the server's, so Shutdown does not see it. Have
// server.RegisterOnShutdown answer and Close what is parked, then Close the Lot.
// What has been returned is the server's again, a new connection in the eyes of
// BaseContext, ConnContext and ConnState, and no *net.TCPConn any more. Shutdown
// waits up to five seconds for a new one that sent nothing, so best keep a
// connection until bytes have come.
//
// A parked connection gets, and keeps, a send buffer of 64 KiB: a client that
// stops reading holds no more of the kernel than that allows. On Linux one that
// vanished, or takes nothing, is Gone 30 seconds after something was sent to it
// (TCP_USER_TIMEOUT), so send something now and then; there keep-alive is off while a
// connection is parked. Elsewhere that is left to keep-alive.
package parking

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultWriteTimeout is how long a client may take nothing of what is pending.
const DefaultWriteTimeout = 5 * time.Second

// DefaultMaxPending is how many bytes may be pending for a client.
const DefaultMaxPending = 2 << 20

// ErrSlow is what a client is Gone with that took nothing for the write timeout,
// or left more pending than is allowed.
var ErrSlow = errors.New("parking: the client does not take what it is sent")

// ErrLost is the error of [Lot.Park] when the connection was closed in the attempt.
var ErrLost = errors.New("parking: the connection is lost")

// Options are what may be chosen about a Lot. The zero value is good.
type Options struct {
	// WriteTimeout is how long a client may take nothing of what is pending. 0
	// stands for [DefaultWriteTimeout].
	WriteTimeout time.Duration
	// MaxPending is how many bytes may be pending for a client. 0 stands for
	// [DefaultMaxPending].
	MaxPending int
}

// A Guest is told what happens to a connection that is parked. Its methods are
// called on the goroutines of the pollers, and Ready by those who call [Lot.WakeHere]
// too, one at a time for each connection. They must not wait, as other connections wait
// with them. One that panics loses its connection.
//
// What it has to say then Read and Ready append to b, and return that. It is sent soon,
// as if by [Conn.Write], even if they called Close or Return, and before anything else
// is told. What is in b already is another guest's, and must be left as it is.
//
// A call is not taken back: one may still be about to begin, or going on, after
// another goroutine called Close or Return. The connection leaves when it has
// ended.
type Guest interface {
	// Read is told what came from the client. It may change data, which is good
	// only during the call. Whoever is not ready for it must keep or refuse it:
	// it does not come again.
	Read(c *Conn, data, b []byte) []byte
	// Ready is told that the client can be written to: soon after [Conn.Wake], and
	// when all that was pending has been sent. While bytes are pending it is not.
	Ready(c *Conn, b []byte) []byte
	// Gone is told, once, that the connection is closed since the client closed
	// it (io.EOF), was too slow ([ErrSlow]), or broke. It is not told after the
	// connection's Close or Return, nor of what the Lot's Close closes.
	Gone(c *Conn, err error)
}

// A Preparer is a Guest that reads, some time before it is told anything, what it
// will need then. It is called for several guests one after the other, so that the
// memory of all is fetched at once: with ten thousand guests that takes a third off
// what their Ready costs. Prepare may be called on several goroutines at once, also if
// nothing follows, and while the guest is told something. So it only reads, and only
// what never changes, and returns something made of that, as nothing would be read
// otherwise. A panic in it ends the process.
type Preparer interface{ Prepare() byte }

// A Lot watches the connections that are parked in it. One serves a whole
// process. All methods may be called from many goroutines at once.
type Lot struct {
	options Options
	parked  sync.WaitGroup            // the connections
	running sync.WaitGroup            // the pollers
	pollers atomic.Pointer[[]*poller] // nil before the first connection and when all were closed

	mu     sync.Mutex // guards what is below
	home   *home      // of the last connection; most Lots have but one server
	closed bool
}

// maxPollers bounds the pollers of a Lot. One hands back tens of thousands of
// connections a second.
const maxPollers = 4

// New returns an empty Lot. It starts nothing before the first connection comes.
func New(options Options) *Lot {
	if options.WriteTimeout == 0 {
		options.WriteTimeout = DefaultWriteTimeout
	}
	if options.MaxPending == 0 {
		options.MaxPending = DefaultMaxPending
	}
	return &Lot{options: options}
}

// Park takes the connection of a request out of the hands of its server. If the
// error is nil, the handler must return without touching w and r again; the
// context of r ends as it does. The handler must not have written anything to w.
// The guest is told what happens from then on, and of what the client sent
// already. Park itself does not call it, and does not wait, so it may be called
// with a lock held that the guest takes too.
//
// After an error the handler goes on as if it had not called Park. It is
// [errors.ErrUnsupported] where parking is impossible, and [net.ErrClosed] after
// the Lot was closed. Only after [ErrLost] there is nobody left to write to: the
// process had no descriptors any more, or the Lot was closed meanwhile.
func (l *Lot) Park(w http.ResponseWriter, r *http.Request, g Guest) (*Conn, error) {
	server, err := serverOf(r)
	if err != nil {
		return nil, err
	}
	pollers, home, err := l.enter(server)
	if err != nil {
		return nil, fmt.Errorf("parking: %w", err)
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		l.parked.Done()
		return nil, fmt.Errorf("parking: %w", err)
	}
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	c := &Conn{guest: g, home: home}
	if err := c.park(conn, early, pollers); err != nil {
		l.parked.Done()
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	}
	return c, nil
}

// serverOf returns the server that a connection can go back to, or why the
// connection of this request can't be parked.
func serverOf(r *http.Request) (*http.Server, error) {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	why := ""
	switch {
	case !ok:
		why = "the request did not come from an http.Server"
	case r.ProtoMajor != 1:
		why = "the request must be HTTP/1"
	case r.TLS != nil:
		why = "the connection must not be encrypted"
	case r.ContentLength != 0:
		why = "the request must have no body"
	case !overSocket(r):
		why = "the connection must be TCP or a Unix socket"
	default:
		return server, nil
	}
	return nil, fmt.Errorf("parking: %s: %w", why, errors.ErrUnsupported)
}

func overSocket(r *http.Request) bool {
	switch r.Context().Value(http.LocalAddrContextKey).(type) {
	case *net.TCPAddr, *net.UnixAddr:
		return true
	}
	return false
}

// enter counts a connection in, and sees to it that there are pollers and a home.
func (l *Lot) enter(server *http.Server) ([]*poller, *home, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, net.ErrClosed
	}
	if l.pollers.Load() == nil {
		pollers, err := startPollers(l, min(runtime.GOMAXPROCS(0), maxPollers))
		if err != nil {
			return nil, nil, err
		}
		l.pollers.Store(&pollers)
	}
	if l.home == nil || l.home.server != server {
		l.home = &home{server: server}
	}
	l.parked.Add(1)
	return *l.pollers.Load(), l.home, nil
}

// All yields the connections that are parked, each with its guest, in no order.
// No lock is held meanwhile: what is parked all the time comes once, what comes or
// leaves meanwhile may come or not. It allocates nothing that grows with them.
func (l *Lot) All() iter.Seq2[*Conn, Guest] {
	return func(yield func(*Conn, Guest) bool) {
		pollers := l.pollers.Load()
		if pollers == nil {
			return
		}
		for _, p := range *pollers {
			for c := range p.all {
				if !yield(c, c.guest) {
					return
				}
			}
		}
	}
}

// Close closes all connections and ends the pollers. Guests that were woken
// before are told Ready first. Like [Conn.Close] it gives slow clients the write
// timeout to take what is pending, and waits for them. After it no guest is
// called. A guest must not call it. Its error is nil.
func (l *Lot) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	var pollers []*poller
	if started := l.pollers.Swap(nil); started != nil {
		pollers = *started
	}
	for _, p := range pollers {
		p.refuse()
		<-p.line.pass()
	}
	for _, p := range pollers {
		for c := range p.all {
			c.Close()
		}
	}
	l.parked.Wait()
	for _, p := range pollers {
		p.end()
	}
	l.running.Wait()
	return nil
}
