package pomona

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Transport names a way to hear Firenze.
type Transport string

// The transports, the best first.
const (
	WebSocket Transport = "websocket"
	SSE       Transport = "sse" // Server-Sent Events
	Poll      Transport = "poll"
)

// checkTransports panics if there is none, or one that is none.
func checkTransports(names []Transport) {
	for _, name := range names {
		if _, ok := transports[name]; !ok {
			panic(fmt.Sprintf("pomona: there is no transport %q, only %q, %q and %q", name, WebSocket, SSE, Poll))
		}
	}
	if len(names) == 0 {
		panic("pomona: Options.Transports names no transport")
	}
}

// openTime is how long a stream may take from the request to its first answer,
// which Firenze gives at once.
const openTime = 5 * time.Second

// transport is what has to be known to hear Firenze in one way.
type transport struct {
	// read opens, begins with the newest reconnectWith, gives every answer to
	// h.take, and tells h.alive of whatever else comes. It returns nil if another
	// can be opened right away, and why it ended if not. It does not go on after
	// ctx has ended.
	read    func(c *Client, ctx context.Context, h *hearing) error
	opening time.Duration // from the request to the first answer
	silence time.Duration // from one sign of life to the next, after that
}

// What is silent for two and a half times as long as Firenze ever is, is dead.
var transports = map[Transport]transport{
	WebSocket: {(*Client).readSocket, openTime, 25 * time.Second * 5 / 2},
	SSE:       {(*Client).readEvents, openTime, 15 * time.Second * 5 / 2},
	Poll:      {(*Client).readPoll, answerTime, answerTime},
}

// hearing is one use of a transport, from the request to the end.
type hearing struct {
	client   *Client
	silence  time.Duration
	giveUp   *time.Timer // ends the context
	first    time.Time   // when the first answer came; zero before
	messages int         // that came
}

// take gets the next answer.
func (h *hearing) take(a answer) error {
	if err := h.client.take(a); err != nil {
		return err
	}
	if h.first.IsZero() {
		h.first = time.Now()
	}
	h.messages += len(a.Updates)
	h.alive()
	return nil
}

// alive gets every sign of life. Before the first answer it counts for nothing:
// a proxy that holds back what Firenze says may well send something itself.
func (h *hearing) alive() {
	if !h.first.IsZero() {
		h.giveUp.Reset(h.silence)
	}
}

// pulse tells of every byte that is read through it.
type pulse struct {
	from io.Reader
	h    *hearing
}

func (p pulse) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	if n > 0 {
		p.h.alive()
	}
	return n, err
}

// listen hears Firenze until ctx ends, by one transport at a time. It reads in
// this goroutine, and each transport begins with what the last one left: so
// changing and resuming loses nothing, and what is given up says nothing more.
func (c *Client) listen(ctx context.Context) {
	ways := newWays(c.options.Transports)
	for attempt := 0; ctx.Err() == nil; {
		w, until := ways.next(time.Now())
		first, err := c.hear(ctx, w, until)
		fine := w.judge(time.Now(), first, err)
		if fine {
			attempt = 0
		} else if attempt == 0 && ctx.Err() == nil {
			slog.Warn("firenze can't be heard by a transport, it is asked again", "transport", w.name, "error", err)
		}
		if err != nil {
			rest(ctx, attempt, err)
		}
		if !fine {
			attempt++
		}
	}
}

// hear uses one transport, at the longest until the time given, if any. It
// returns when the first answer came, if any did, and why there is no more; nil
// if another can be opened right away.
func (c *Client) hear(ctx context.Context, w *way, until time.Time) (first time.Time, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h := &hearing{client: c, silence: w.silence}
	h.giveUp = time.AfterFunc(w.opening, func() { cancel(errSilent) })
	defer h.giveUp.Stop()
	if !until.IsZero() {
		trial := time.AfterFunc(time.Until(until), func() { cancel(errTrial) })
		defer trial.Stop()
	}
	err = w.read(c, ctx, h)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err == errTrial {
		err = nil
	}
	return h.first, err
}

var (
	errSilent = errors.New("nothing came for too long")
	errTrial  = errors.New("it is time to try a better transport")
)
