package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// A live tells pages what the server does, as Server-Sent Events:
//
//	event     data
//	updates   some of those that passed, and how many did: see sampler
//	picture   the running routes (see graph), and numbers about all of them
//
// A page that looks on is a Thestral like others: Dolores' delegate, or with
// GET /live?paths=PATTERN somebody who hears that path or pattern. So it costs
// nothing where nobody looks on, and the picture shows it.
//
// The server samples. However many updates pass and however many sessions there
// are, a page gets sampleSize of each window and sees liveLimit receivers, and is
// told what all of them are. Drawing for a page takes at most a twentieth of one
// processor.
type live struct {
	server *server
	seats  chan struct{} // taken by those who look on
	ended  chan struct{}
}

const (
	viewers      = 16 // pages that may look on at a time
	sampleTime   = 200 * time.Millisecond
	sampleSize   = 10 // in that time, which makes 50 in a second
	liveLimit    = 200
	pictureEvery = time.Second
	beatEvery    = 10 * time.Second // without anything to say
)

func newLive(s *server) *live {
	return &live{server: s, seats: make(chan struct{}, viewers), ended: make(chan struct{})}
}

// end lets all pages go. It is called once, when the server is shut down.
func (l *live) end() { close(l.ended) }

// ServeHTTP streams to one page until it leaves.
func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	paths := r.URL.Query().Get("paths")
	if err := checkHearable(paths); err != nil {
		refuse(w, http.StatusBadRequest, "%v", err)
		return
	}
	select {
	case l.seats <- struct{}{}:
		defer func() { <-l.seats }()
	default:
		refuse(w, http.StatusServiceUnavailable, "%d pages look on already, more may not", viewers)
		return
	}
	show(w, "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	s := new(sampler)
	defer l.listen(paths, s)()
	(&viewer{live: l, w: w, sampler: s}).run(r.Context())
}

// checkHearable says what is wrong with what a page wants to see: a path, also a
// control path, a pattern, or nothing, which is everything.
func checkHearable(paths string) error {
	switch {
	case paths == "":
		return nil
	case strings.Contains(paths, "*"):
		return pig.CheckPattern(paths)
	}
	return thestral.CheckPath(paths)
}

// listen gives t what passes on paths, until stop is called.
func (l *live) listen(paths string, t thestral.Thestral) (stop func()) {
	if paths != "" {
		return l.server.pig.On(paths, t)
	}
	stop = l.server.dolores.Delegate(t)
	if l.server.arrivals == nil {
		return stop
	}
	stopToo := l.server.arrivals.Delegate(t)
	return func() { stop(); stopToo() }
}

// A viewer is one page that looks on.
type viewer struct {
	live    *live
	w       http.ResponseWriter
	sampler *sampler
	picture string // the last that was sent
	spoke   time.Time
}

var errEnded = errors.New("the server goes down")

// run sends what there is to see, until the page leaves.
func (v *viewer) run(ctx context.Context) {
	windows := time.NewTicker(sampleTime)
	defer windows.Stop()
	next := time.NewTimer(0)
	defer next.Stop()
	for err := error(nil); err == nil; {
		select {
		case <-windows.C:
			err = v.sendUpdates()
		case <-next.C:
			began := time.Now()
			err = v.sendPicture()
			next.Reset(max(pictureEvery, 20*time.Since(began)))
		case <-v.live.ended:
			err = errEnded
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
}

func (v *viewer) sendUpdates() error {
	if s := v.sampler.take(); s.Passed > 0 {
		return v.send("updates", s)
	}
	if time.Since(v.spoke) < beatEvery {
		return nil
	}
	return v.write(":\n\n")
}

// sendPicture sends the picture, unless it is the one that the page has.
func (v *viewer) sendPicture() error {
	data, _ := json.Marshal(v.live.server.picture()) // of this nothing can fail
	if string(data) == v.picture {
		return nil
	}
	v.picture = string(data)
	return v.write("event: picture\ndata: " + v.picture + "\n\n")
}

func (v *viewer) send(event string, what any) error {
	data, _ := json.Marshal(what) // of this nothing can fail
	return v.write("event: " + event + "\ndata: " + string(data) + "\n\n")
}

// write sends a text, or fails if the page does not take it.
func (v *viewer) write(text string) error {
	v.spoke = time.Now()
	control := http.NewResponseController(v.w)
	_ = control.SetWriteDeadline(v.spoke.Add(headerTimeout)) // not every writer can
	if _, err := v.w.Write([]byte(text)); err != nil {
		return err
	}
	return control.Flush()
}
