package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/rootspush/roots/thestral"
)

// tailLimit is how many updates may wait for a tail that does not read.
const tailLimit = 1000

// A tailLine is what a tail is sent: an update, or how many updates were dropped
// because it did not read.
type tailLine struct {
	*thestral.Update
	Dropped int `json:"dropped,omitempty"`
}

// serveTail answers GET /tail?paths=… with the updates on those paths, as lines of
// JSON, until the client goes. What paths may be is what it is for a live.
func (l *live) serveTail(w http.ResponseWriter, r *http.Request) {
	paths := r.URL.Query().Get("paths")
	if err := checkHearable(paths); err != nil {
		refuse(w, http.StatusBadRequest, "%v", err)
		return
	}
	show(w, "application/jsonl")
	t := &tailed{some: make(chan struct{}, 1)}
	defer l.listen(paths, t)()
	t.send(w, r, l.ended)
}

// tailed keeps updates for a tail, and drops what is too much.
type tailed struct {
	some chan struct{} // holds one if there may be something to take

	mu      sync.Mutex // guards what is below
	waiting []thestral.Update
	dropped int // after those that wait
}

var _ thestral.Prompt = (*tailed)(nil)

// Update keeps the update, or drops it.
func (t *tailed) Update(_ thestral.Thestral, path, message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == tailLimit || t.dropped > 0 {
		t.dropped++
		return
	}
	t.waiting = append(t.waiting, thestral.Update{Path: path, Message: message})
	select {
	case t.some <- struct{}{}:
	default:
	}
}

// Next returns nil: a tail is where updates leave the process.
func (t *tailed) Next() []thestral.Thestral { return nil }

// take returns what waits, and how many were dropped after that.
func (t *tailed) take() (batch []thestral.Update, dropped int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	batch, dropped = t.waiting, t.dropped
	t.waiting, t.dropped = nil, 0
	return batch, dropped
}

// send sends what comes until nobody wants it any more.
func (t *tailed) send(w http.ResponseWriter, r *http.Request, ended chan struct{}) {
	flush := http.NewResponseController(w).Flush
	buffer := bufio.NewWriter(w)
	out := newJSON(buffer)
	for flush() == nil { // first of all so that the client knows that it began
		select {
		case <-t.some:
		case <-r.Context().Done():
			return
		case <-ended:
			return
		}
		batch, dropped := t.take()
		for i := range batch {
			_ = out.Encode(tailLine{Update: &batch[i]}) // what fails shows in Flush
		}
		if dropped > 0 {
			_ = out.Encode(tailLine{Dropped: dropped})
		}
		if buffer.Flush() != nil {
			return
		}
	}
}

const tailAbout = `In a pattern "*" stands for one segment of a path, and "**" at its end for one or more. Control paths match none, but may be given as they are: roots tail ::connect. An empty PATTERN is everything.
An update is a line "path; message", in which a backslash stands before what would break the line. Who reads too slowly misses updates, and is told how many.`

// tail shows the updates on paths that match.
func tail(ctx context.Context, p program, args []string) error {
	var r remote
	flags := r.newFlags("tail")
	asJSON := flags.Bool("json", false, "print lines of JSON")
	words, err := p.parse(flags, args, "PATTERN")
	if err != nil {
		return err
	}
	if err := checkHearable(words[0]); err != nil {
		return misuse{err}
	}
	answer, err := r.get(ctx, "/tail", url.Values{"paths": words})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	show := p.printer(*asJSON)
	for in := json.NewDecoder(answer.Body); ; {
		var line tailLine
		if err := in.Decode(&line); ctx.Err() != nil {
			return nil // told to end
		} else if err != nil {
			return fmt.Errorf("the server ended it: %w", err)
		}
		if err := show.tail(line); err != nil {
			return err
		}
	}
}
