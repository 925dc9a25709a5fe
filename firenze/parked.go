package firenze

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unique"

	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/internal/hijacked"
)

// park hands the connection of a request to the pollers, which wake w from then
// on, or are told that it is lost. It reports false, having done nothing, where
// that is impossible.
func (f *Firenze) park(w http.ResponseWriter, r *http.Request, c *client, own *waiter, g parking.Guest) bool {
	conn, err := f.lot.Park(w, r, g)
	switch {
	case errors.Is(err, parking.ErrLost):
		c.leave(own)
		return true
	case err != nil:
		return false
	}
	c.listen(own, conn)
	conn.Wake() // for what it missed
	return true
}

// idleTime is how long a connection may be of no use between two polls.
const idleTime = time.Minute

// maxEarly is how many bytes a client may send before it was answered.
const maxEarly = 16 << 10

// parkPoll parks a poll, if that is possible. Otherwise it has done nothing.
func (f *Firenze) parkPoll(w http.ResponseWriter, r *http.Request, p *poll) bool {
	h := w.Header().Clone()
	h.Set("Content-Type", "application/json")
	p.last = r.Close || !r.ProtoAtLeast(1, 1)
	p.way = unique.Make(pollWay{hijacked.HeadLines(h), f.repeatPrefix(r)})
	return f.park(w, r, p.client(), &p.waiter, p)
}

// Prepare is told that something is about to happen.
func (p *poll) Prepare() byte { return p.client().prepare() }

// Ready answers the poll if there is something to say or it waited for long
// enough. It ends a connection that was idle for too long.
func (p *poll) Ready(conn *parking.Conn, b []byte) []byte {
	f := p.client().firenze
	now, draining := f.now(), f.isDraining()
	over := draining || p.isDue(now)
	switch {
	case !p.waiting && over:
		conn.Close()
	case !p.waiting, !over && p.client().isQuiet(&p.waiter):
		// nothing to do, it was woken for something that is done
	case !over && f.options.Delay > 0 && !p.gathering && p.client().expects(&p.waiter):
		p.gathering = true
		time.AfterFunc(f.options.Delay, conn.Wake)
	default:
		return p.answer(conn, b, now)
	}
	return b
}

// answer appends the answer, and turns to what the client sent meanwhile.
func (p *poll) answer(conn *parking.Conn, b []byte, now time.Duration) []byte {
	p.last = p.last || p.client().firenze.isDraining()
	b = p.appendAnswer(b, now)
	p.waiting, p.gathering = false, false
	p.wakeIn(now, idleTime)
	if early := p.early; p.last {
		conn.Close()
	} else if early != nil {
		p.early = nil
		conn.Unread(*early)
	}
	return b
}

func (p *poll) appendAnswer(b []byte, now time.Duration) []byte {
	c := p.client()
	c.mu.Lock()
	defer c.mu.Unlock()
	items, number := p.collect(now)
	size := c.answerSize(items, number)
	b = p.appendHead(slices.Grow(b, size+512), size)
	return c.appendAnswer(b, items, number)
}

func (p *poll) appendHead(b []byte, size int) []byte {
	b = append(b, "HTTP/1.1 200 OK\r\n"...)
	b = append(b, p.way.Value().head...)
	b = append(b, "Date: "...)
	b = append(b, *p.client().firenze.date.Load()...)
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(size), 10)
	if p.last {
		b = append(b, "\r\nConnection: close"...)
	}
	return append(b, "\r\n\r\n"...)
}

// Read is told what the client sent: its next request, as a rule.
func (p *poll) Read(conn *parking.Conn, data, b []byte) []byte {
	if !p.waiting {
		return p.ask(conn, data, b)
	}
	if p.keep(data); len(*p.early) > maxEarly {
		p.client().leave(&p.waiter)
		conn.Close()
	}
	return b
}

// keep keeps what came early.
func (p *poll) keep(data []byte) {
	if p.early == nil {
		p.early = new([]byte)
	}
	*p.early = append(*p.early, data...)
}

// ask begins the next request. What is not simply another poll of a session that
// goes on is the server's.
func (p *poll) ask(conn *parking.Conn, data, b []byte) []byte {
	session, size := parseRepeat(data, p.way.Value().prefix)
	if size > 0 {
		p.await() // from now on, as anybody may see that it waits once it is attached
	}
	if size == 0 || !p.repeat(session) {
		conn.Return(data)
		return b
	}
	if size < len(data) {
		p.keep(data[size:])
	}
	return p.Ready(conn, b)
}

// repeat attaches the poll to the session that it asks for, the same as before as
// a rule. One that is not here, or whose token is not whole, is the server's.
func (p *poll) repeat(session []byte) bool {
	c := p.client()
	number, own := c.number(session)
	if !own {
		id, _, _ := bytes.Cut(session, slash)
		known, found := c.firenze.clients.Load(string(id))
		if !found {
			return false
		}
		c = known.(*client)
		if number, own = c.number(session); !own {
			return false
		}
	}
	p.at.Store(c)
	_, err := c.enter(number, &p.waiter)
	return err == nil
}

// Gone is told that the connection is no more.
func (p *poll) Gone(*parking.Conn, error) { p.client().leave(&p.waiter) }
