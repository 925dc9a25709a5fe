package stage

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/thestral"
)

// A quest is what a request wants to know, and may have to wait for.
type quest struct {
	// hear lets a Thestral know when say may have something to say.
	hear func(thestral.Thestral) (off func())
	// say returns the JSON of the answer in pieces, or nil while there is nothing to
	// say. When the wait is over it returns something in any case.
	say func(over bool) [][]byte
	// lost is told that the answer may not have arrived.
	lost func()
}

// A waiter is a request that waits: parked, without a goroutine, or in its own
// where that can't be, as over HTTP/2. As a Thestral it takes any update as a
// reason to look whether there is something to say.
type waiter struct {
	quest
	stage *Stage
	off   func()                       // ends hearing
	due   atomic.Int64                 // when the wait is over, in nanoseconds of Stage.now
	bell  chan struct{}                // holds one ring
	conn  atomic.Pointer[parking.Conn] // nil while it is not parked

	// Of its poller alone, if it is parked:
	answered bool
	last     bool   // the connection ends with the answer
	head     string // of the answer, but for its length and date
}

var (
	_ thestral.Prompt = (*waiter)(nil)
	_ parking.Guest   = (*waiter)(nil)
)

// await answers a request as soon as there is something to say.
func (s *Stage) await(w http.ResponseWriter, r *http.Request, q quest) {
	over := r.Method != http.MethodGet || s.isDraining()
	if answer := q.say(over); answer != nil {
		reply(w, answer)
		return
	}
	t := &waiter{quest: q, stage: s, bell: make(chan struct{}, 1)}
	t.off = q.hear(t) // before it looks again, so that nothing comes in between
	if t.park(w, r) {
		return
	}
	defer t.off()
	t.stay(w, r)
}

func (s *Stage) isDraining() bool { return s.draining.Err() != nil }

// reply writes JSON. Its length is known, so it is not sent in chunks.
func reply(w http.ResponseWriter, answer [][]byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(sizeOf(answer)))
	for _, piece := range answer {
		if _, err := w.Write(piece); err != nil {
			return // the client has gone
		}
	}
}

func sizeOf(pieces [][]byte) (size int) {
	for _, piece := range pieces {
		size += len(piece)
	}
	return size
}

// Update rings.
func (t *waiter) Update(thestral.Thestral, string, string) {
	select {
	case t.bell <- struct{}{}:
	default:
	}
	if conn := t.conn.Load(); conn != nil {
		conn.Wake()
	}
}

// Next returns nil: nobody is called from Update.
func (t *waiter) Next() []thestral.Thestral { return nil }

func (t *waiter) dueIn(d time.Duration) { t.due.Store(int64(t.stage.now() + d)) }

func (t *waiter) isDue() bool {
	return int64(t.stage.now()) >= t.due.Load() || t.stage.isDraining()
}

// stay waits in the goroutine of the request.
func (t *waiter) stay(w http.ResponseWriter, r *http.Request) {
	t.dueIn(hold)
	timer := time.NewTimer(hold)
	defer timer.Stop()
	for answer := t.say(false); ; answer = t.say(t.isDue()) {
		if answer != nil {
			reply(w, answer)
			return
		}
		select {
		case <-t.bell:
		case <-timer.C:
		case <-t.stage.draining.Done():
		case <-r.Context().Done():
			t.lost()
			return
		}
	}
}

// park hands the connection to a poller. It reports false, having done nothing,
// where that is impossible.
func (t *waiter) park(w http.ResponseWriter, r *http.Request) bool {
	t.head = headLines(w.Header())
	t.dueIn(hold - tick) // the next sweep ends it
	t.last = r.Close || !r.ProtoAtLeast(1, 1)
	conn, err := t.stage.lot.Park(w, r, t)
	switch {
	case errors.Is(err, parking.ErrLost):
		t.off()
		t.lost()
		return true
	case err != nil:
		return false
	}
	t.conn.Store(conn)
	conn.Wake() // for what it missed
	return true
}

// headLines writes what the handlers before have set.
func headLines(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b) // a Builder takes everything
	return b.String()
}

// Ready answers if there is something to say or the wait is over. It ends a
// connection on which no other request came.
func (t *waiter) Ready(conn *parking.Conn, b []byte) []byte {
	over := t.isDue()
	if t.answered {
		if over {
			conn.Close()
		}
		return b
	}
	if answer := t.say(over); answer != nil {
		t.answer(conn, answer)
	}
	return b
}

func (t *waiter) answer(conn *parking.Conn, answer [][]byte) {
	t.off()
	t.answered = true
	t.dueIn(idle)
	_, _ = conn.WriteShared(append([][]byte{t.fullHead(sizeOf(answer))}, answer...)...) // should that fail, Gone is told
	if t.last || t.stage.isDraining() {
		conn.Close()
	}
}

func (t *waiter) fullHead(size int) []byte {
	b := append([]byte("HTTP/1.1 200 OK\r\n"), t.head...)
	b = append(b, "Content-Type: application/json; charset=utf-8\r\nDate: "...)
	b = time.Now().UTC().AppendFormat(b, http.TimeFormat)
	b = strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(size), 10)
	if t.last || t.stage.isDraining() {
		b = append(b, "\r\nConnection: close"...)
	}
	return append(b, "\r\n\r\n"...)
}

// Read gets the client's next request, which is the server's. Before the answer
// none is due, and nobody keeps it.
func (t *waiter) Read(conn *parking.Conn, data, b []byte) []byte {
	if t.answered {
		conn.Return(data)
		return b
	}
	t.Gone(conn, nil)
	conn.Close()
	return b
}

// Gone is told that the client has left, perhaps without the answer.
func (t *waiter) Gone(*parking.Conn, error) {
	t.off()
	t.lost()
}
