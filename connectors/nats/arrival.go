package nats

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// An arrival is a session that is about to come here. From when it is asked for
// until it is here, all that it would be told is recorded, with the place that it
// has in what its node sends: what the session has had where it was is then left
// out. It is its own directory with one member, and a Pig of its own says what it
// hears.
type arrival struct {
	id   string
	owl  *pig.Pig
	done chan struct{} // closed when it is here, or will not come

	stamp    stamp // of what is being shown
	recorded []record
	bytes    int
}

// A stamp is the place of an update among all that its node sends.
type stamp struct {
	origin string
	number uint64
}

// always is a number that no session has had.
const always = math.MaxUint64

// A record is something that was said while a session was on its way.
type record struct {
	stamp
	sender        thestral.Thestral
	path, message string
	obey          bool // it connects or disconnects the session
}

var _ thestral.Prompt = (*arrival)(nil)

// Lookup knows the session alone.
func (a *arrival) Lookup(id string) (thestral.Thestral, bool) { return a, id == a.id }

// Update records what the session would be told. More than a session may have is
// not kept: it is over then.
func (a *arrival) Update(sender thestral.Thestral, path, message string) {
	a.record(record{a.stamp, sender, path, message, false})
}

// Next returns nil: nobody else is called.
func (a *arrival) Next() []thestral.Thestral { return nil }

func (a *arrival) record(r record) {
	a.recorded = append(a.recorded, r)
	a.bytes += len(r.path) + len(r.message)
}

// overflows says whether more was recorded than a session may have.
func (a *arrival) overflows() bool {
	return len(a.recorded) > firenze.MaxMessages || a.bytes > firenze.MaxBytes
}

// arrivals are all sessions that are about to come.
type arrivals struct {
	count atomic.Int32 // of those, so that none cost nothing

	mu sync.Mutex // guards what is below, and in each arrival
	of map[string]*arrival
}

// expect begins to record for those of ids that nobody else waits for.
func (all *arrivals) expect(ids []string) (expected []*arrival) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, id := range ids {
		if all.of[id] == nil {
			a := &arrival{id: id, done: make(chan struct{})}
			a.owl = pig.New(a, pig.Options{})
			all.of[id] = a
			expected = append(expected, a)
		}
	}
	all.count.Store(int32(len(all.of)))
	return expected
}

// find returns who is expected under an id, or nil.
func (all *arrivals) find(id string) *arrival {
	if all.count.Load() == 0 {
		return nil
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.of[id]
}

// dismiss ends what expect began, and returns those who were expected still.
func (all *arrivals) dismiss(some []*arrival) (left []*arrival) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, a := range some {
		if all.of[a.id] == a {
			left = append(left, a)
		}
		all.remove(a)
		close(a.done)
	}
	return left
}

// remove ends the recording for one. The caller holds the lock.
func (all *arrivals) remove(a *arrival) {
	if all.of[a.id] == a {
		delete(all.of, a.id)
		all.count.Store(int32(len(all.of)))
	}
}

// wait waits until nobody is expected who is now.
func (all *arrivals) wait(ctx context.Context) {
	all.mu.Lock()
	now := slices.Collect(maps.Values(all.of))
	all.mu.Unlock()
	for _, a := range now {
		a.wait(ctx)
	}
}

// wait waits until it is here, or will not come.
func (a *arrival) wait(ctx context.Context) {
	select {
	case <-a.done:
	case <-ctx.Done():
	}
}

// show has an update recorded for those who would hear it.
func (all *arrivals) show(at stamp, sender thestral.Thestral, path, message string) {
	if all.count.Load() == 0 {
		return
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, a := range all.of {
		if !a.overflows() {
			a.stamp = at
			a.owl.Update(sender, path, message)
		}
	}
}

// showTo has something recorded that is said to one id, and reports whether that is
// expected.
func (all *arrivals) showTo(id string, r record) bool {
	if all.count.Load() == 0 {
		return false
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	a := all.of[id]
	if a != nil && !a.overflows() {
		a.record(r)
	}
	return a != nil
}

// hears says whether somebody is expected whom k concerns.
func (all *arrivals) hears(k key) bool {
	if all.count.Load() == 0 {
		return false
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	if k.isID {
		return all.of[k.Text] != nil
	}
	for _, a := range all.of {
		if a.owl.Count(k.Heard) > 0 {
			return true
		}
	}
	return false
}
