package faults

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"
)

// A link is a connection of a client and the one to the server that belongs to
// it.
type link struct {
	*Proxy
	client, server *net.TCPConn
	doubled        atomic.Bool // the server was sent a request twice, of which the client must not see the second answer
}

func (l *link) close() {
	l.drop(l.client)
	l.drop(l.server)
}

// reset closes both ends so that they get an RST.
func (l *link) reset() {
	l.client.SetLinger(0)
	l.server.SetLinger(0)
	l.close()
}

// A flow is one direction of a link.
type flow struct {
	*link
	direction Direction
	from, to  *net.TCPConn
	random    *rand.Rand
}

// carry hands on pieces until either end is closed, which closes the other.
func (l *link) carry(d Direction, from, to *net.TCPConn, number uint64) {
	defer l.close()
	f := &flow{l, d, from, to, rand.New(rand.NewPCG(l.seed, 2*number+uint64(d)))}
	piece := make([]byte, 16<<10)
	for goOn := true; goOn; {
		n, err := from.Read(piece)
		goOn = err == nil && f.pass(piece[:n])
	}
}

// pass hands on a piece, or does to it what is planned. It reports whether there
// is anything more to be done.
func (f *flow) pass(piece []byte) (goOn bool) {
	if f.direction == Down && f.doubled.Load() {
		f.passOneAnswer(piece)
		return false
	}
	fault := f.plan(f.random, f.direction)
	if f.healed.Load() || fault >= DoubleBehind && !isRequest(piece) {
		fault = None
	}
	f.counts[f.direction][fault].Add(1)
	switch fault {
	case ResetBefore:
		f.reset()
	case ResetWithin:
		f.write(piece[:f.random.IntN(len(piece))])
		f.reset()
	case ResetAfter:
		f.write(piece)
		time.Sleep(f.instant())
		f.reset()
	case Slice:
		return f.slice(piece)
	case Delay:
		time.Sleep(f.instant())
		return f.write(piece)
	case BlackHole:
		drain(f.from, f.moment())
	case HalfClose:
		f.write(piece)
		f.to.CloseWrite()
		drain(f.from, f.moment())
	case DoubleBehind:
		f.doubled.Store(true)
		return f.write(append(bytes.Clone(piece), piece...))
	case DoubleBeside:
		f.double(bytes.Clone(piece))
		return f.write(piece)
	default:
		return f.write(piece)
	}
	return false
}

// instant is shorter than the patience of a client.
func (f *flow) instant() time.Duration { return f.upTo(20 * time.Millisecond) }

// moment may be longer.
func (f *flow) moment() time.Duration { return f.upTo(f.longest) }

func (f *flow) upTo(most time.Duration) time.Duration {
	return time.Duration(f.random.Int64N(int64(most)))
}

func (f *flow) write(piece []byte) (ok bool) {
	_, err := f.to.Write(piece)
	return err == nil
}

// slice writes one byte at a time, or a few if the piece is long. It pauses
// between so that the receiver reads them one by one.
func (f *flow) slice(piece []byte) (ok bool) {
	for len(piece) > 0 {
		n := 1 + f.random.IntN(1+len(piece)/32)
		if !f.write(piece[:n]) {
			return false
		}
		runtime.Gosched()
		piece = piece[n:]
	}
	return true
}

// double sends a request once more on a connection of its own.
func (f *flow) double(request []byte) {
	late, patience := f.instant(), f.moment()
	f.running.Go(func() {
		time.Sleep(late)
		server := f.dial()
		if server == nil {
			return
		}
		defer f.drop(server)
		server.Write(request)
		drain(server, patience)
	})
}

// passOneAnswer gives the client an answer that begins with piece. What follows
// it is the answer to the double, and thrown away, as the client would take it
// for that to its next request.
func (f *flow) passOneAnswer(piece []byte) {
	answers := bufio.NewReader(io.MultiReader(bytes.NewReader(piece), f.from))
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		return
	}
	answer.Write(f.to)
	f.to.CloseWrite()
	drain(f.from, f.moment())
}

// isRequest says whether a piece is exactly one request, whole.
func isRequest(piece []byte) bool {
	rest := bytes.NewReader(piece)
	buffered := bufio.NewReader(rest)
	r, err := http.ReadRequest(buffered)
	if err != nil {
		return false
	}
	n, err := io.Copy(io.Discard, r.Body)
	return err == nil && n == r.ContentLength && rest.Len()+buffered.Buffered() == 0
}
