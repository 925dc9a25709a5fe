package widgettest

import (
	"context"
	"time"
)

// A task is what a widget put off.
type task struct {
	due time.Time
	run func()
}

// After implements [widget.Ritual]: Advance runs do once it is due.
func (r *Ritual) After(wait time.Duration, do func()) {
	r.putOff = append(r.putOff, task{r.now.Add(wait), do})
}

// Aside implements [widget.Ritual]: the next Advance runs work, then waits for
// it, and runs then unless the widget was turned away.
func (r *Ritual) Aside(work func(context.Context) error, then func(error)) {
	lifetime := r.lifetime
	r.After(0, func() {
		err := work(lifetime)
		if lifetime.Err() == nil {
			then(err)
		}
	})
}

// Advance moves the time, and runs what is due on the way, first due first and
// what is due together in the order in which it was put off. Advance(0) runs
// what is due at once.
func (r *Ritual) Advance(wait time.Duration) {
	until := r.now.Add(wait)
	for {
		next := r.firstDue()
		if next < 0 || r.putOff[next].due.After(until) {
			r.now = until
			return
		}
		task := r.putOff[next]
		r.putOff = append(r.putOff[:next:next], r.putOff[next+1:]...)
		if task.due.After(r.now) {
			r.now = task.due
		}
		task.run()
	}
}

// firstDue gives the index of the task that is due first, or -1.
func (r *Ritual) firstDue() int {
	first := -1
	for i, task := range r.putOff {
		if first < 0 || task.due.Before(r.putOff[first].due) {
			first = i
		}
	}
	return first
}
