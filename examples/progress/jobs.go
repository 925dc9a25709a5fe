package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rootspush/roots/thestral"
)

// What people can start is bounded.
const (
	maxRunning = 8   // jobs at a time
	maxOwn     = 3   // of one person
	maxKept    = 100 // with those that have ended; the oldest are forgotten
	maxText    = 200 // bytes of what a job says about itself
	maxTime    = 5 * time.Minute
)

// processPrefix begins the paths of jobs.
const processPrefix = "process/"

// errStopped is why a job ended whose owner stopped it.
var errStopped = errors.New("stopped")

// progress is the state of a job, as the pages get it.
type progress struct {
	State   string  `json:"state"` // running, done, failed or stopped
	Percent float64 `json:"percent"`
	Text    string  `json:"text"`
}

const running = "running"

// A job is one that runs, or has ended.
type job struct {
	owner, id string
	stop      context.CancelCauseFunc
	progress
}

func (j *job) path() string { return processPrefix + j.owner + "/" + j.id }

// jobs starts jobs and knows how far they are. It is the Thestral behind Dudley: a
// job tells of itself there. All methods may be called from many goroutines.
type jobs struct {
	// run runs a job until it ends or ctx does, whose cause it then returns.
	run     func(ctx context.Context, owner, id string) error
	changed func(paths ...string)
	ends    sync.WaitGroup

	mu     sync.Mutex // guards all below
	list   []*job     // the newest first
	closed bool
}

var _ thestral.Prompt = (*jobs)(nil)

// start starts a job and returns its id.
func (js *jobs) start(owner string) (id string, err error) {
	j, ctx, err := js.add(owner)
	if err != nil {
		return "", err
	}
	js.changed(processPrefix + owner)
	go func() {
		defer js.ends.Done()
		js.end(j, js.watch(ctx, j))
	}()
	return j.id, nil
}

func (js *jobs) add(owner string) (*job, context.Context, error) {
	js.mu.Lock()
	defer js.mu.Unlock()
	all, own := js.count(owner)
	switch {
	case js.closed:
		return nil, nil, errors.New("the server is about to stop")
	case own >= maxOwn:
		return nil, nil, fmt.Errorf("%d jobs of yours are running, wait for one or stop it", own)
	case all >= maxRunning:
		return nil, nil, fmt.Errorf("%d jobs are running, wait until one ends", all)
	}
	ctx, stop := context.WithCancelCause(context.Background())
	j := &job{owner: owner, id: rand.Text(), stop: stop, progress: progress{State: running}}
	js.list = slices.Insert(js.list, 0, j)
	js.forget()
	js.ends.Add(1)
	return j, ctx, nil
}

// count counts what is running.
func (js *jobs) count(owner string) (all, own int) {
	for _, j := range js.list {
		if j.State == running {
			all++
			if j.owner == owner {
				own++
			}
		}
	}
	return all, own
}

// forget makes room, if there is one too many. Not all of them can be running.
func (js *jobs) forget() {
	if len(js.list) <= maxKept {
		return
	}
	for i, j := range slices.Backward(js.list) {
		if j.State != running {
			js.list = slices.Delete(js.list, i, i+1)
			return
		}
	}
}

func (js *jobs) watch(ctx context.Context, j *job) error {
	defer j.stop(nil)
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, fmt.Errorf("it took longer than %v", maxTime))
	defer cancel()
	return js.run(ctx, j.owner, j.id)
}

// end notes how a job ended: an error is why it failed.
func (js *jobs) end(j *job, err error) {
	js.mu.Lock()
	switch {
	case err == nil:
		j.progress = progress{State: "done", Percent: 100, Text: j.Text}
	case errors.Is(err, errStopped):
		j.State = "stopped"
	default:
		j.State, j.Text = "failed", clip(err.Error())
	}
	js.mu.Unlock()
	js.changed(j.path())
}

// Update takes what a job says about itself. It changes nothing for one that has
// ended, that there is not, or that says what makes no sense.
func (js *jobs) Update(_ thestral.Thestral, path, message string) {
	var said struct {
		Percent float64
		Text    string
	}
	if err := json.Unmarshal([]byte(message), &said); err != nil {
		slog.Warn("a job said what is no progress", "path", path, "error", err)
		return
	}
	js.mu.Lock()
	for _, j := range js.list {
		if j.State == running && j.path() == path {
			j.Percent, j.Text = min(max(said.Percent, 0), 100), clip(said.Text)
		}
	}
	js.mu.Unlock()
	js.changed(path)
}

// Next returns nil: the news tells later what changed.
func (js *jobs) Next() []thestral.Thestral { return nil }

// state returns how far a job of this owner is.
func (js *jobs) state(owner, id string) (progress, error) {
	js.mu.Lock()
	defer js.mu.Unlock()
	j, err := js.find(owner, id)
	if err != nil {
		return progress{}, err
	}
	return j.progress, nil
}

func (js *jobs) find(owner, id string) (*job, error) {
	for _, j := range js.list {
		if j.owner == owner && j.id == id {
			return j, nil
		}
	}
	return nil, fmt.Errorf("you have no job %.50q", id)
}

// of returns the ids of the jobs of somebody, the newest first.
func (js *jobs) of(owner string) []string {
	js.mu.Lock()
	defer js.mu.Unlock()
	ids := []string{}
	for _, j := range js.list {
		if j.owner == owner {
			ids = append(ids, j.id)
		}
	}
	return ids
}

// kill stops a job of this owner. One that has ended is no mistake.
func (js *jobs) kill(owner, id string) error {
	js.mu.Lock()
	defer js.mu.Unlock()
	j, err := js.find(owner, id)
	if err == nil {
		j.stop(errStopped)
	}
	return err
}

// killAtEnd waits for ctx, then stops all jobs and waits until they have ended.
func (js *jobs) killAtEnd(ctx context.Context) error {
	<-ctx.Done()
	js.mu.Lock()
	js.closed = true
	for _, j := range js.list {
		j.stop(errStopped)
	}
	js.mu.Unlock()
	js.ends.Wait()
	return nil
}

// clip keeps a text short, and whole letters of it.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText-len("…")], "") + "…"
}
