package stage

import (
	"context"
	"log/slog"
	"strconv"
	"time"
)

// An audience is who is to look again whether there is something new.
type audience int

const (
	nobody   audience = iota
	somebody          // has a reason of their own, such as a page that is theirs now
	watchers          // all who see the widget
	everybody
)

// News are what changed in a ritual. Versions count the changes, and a client is
// told with each status which one that is.
type news struct {
	version uint64 // of what statuses tell; 0 was never told
	rung    uint64 // the one for which watchers were told to look
	own     uint64 // the one for which everybody was, as more than the widget changed

	changed  bool     // in this turn
	audience audience // of this turn
	widget   gate
	crowd    gate
}

// A gate lets one through, and is closed for a while then. Each of a thousand
// posts told to a thousand clients at once would be a million answers.
type gate struct {
	last    time.Time
	waiting bool // somebody, for it to open
}

// For how long a gate is closed, times the number of clients.
const (
	widgetPause = time.Millisecond
	crowdPause  = 10 * time.Millisecond
)

// turn runs do while nothing else happens in the ritual, and then tells those who
// wait. After the ritual is over it does nothing.
func (r *ritual) turn(do func()) {
	audience, version, wrong := r.take(do)
	if wrong != nil {
		slog.Error("a widget failed", "ritual", r.name, "error", wrong)
	}
	if audience > nobody {
		r.stage.roots.Update(nil, r.path, strconv.FormatUint(version, 10))
	}
}

// take returns who is to be told of which version, and what went wrong.
func (r *ritual) take(do func()) (_ audience, version uint64, wrong error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return nobody, 0, nil
	}
	r.changed, r.audience, r.wrong = false, nobody, nil
	r.safely(do)
	if r.changed {
		r.version++
	}
	if r.audience >= watchers {
		r.rung = r.version
	}
	if r.audience == everybody {
		r.own = r.version
	}
	return r.audience, r.version, r.wrong
}

// tell has those who wait look again after this turn.
func (r *ritual) tell(who audience) { r.audience = max(r.audience, who) }

// changeAll says that something changed that everybody is told of at once.
func (r *ritual) changeAll() {
	r.changed = true
	r.tell(everybody)
}

// changeWidget says that the widget has something else to tell.
func (r *ritual) changeWidget() { r.changeSoon(&r.widget, watchers, widgetPause) }

// changeCrowd says that something changed about who is there.
func (r *ritual) changeCrowd() { r.changeSoon(&r.crowd, everybody, crowdPause) }

// changeSoon tells of a change at once, or together with others when the gate
// opens. Who is told a status meanwhile is told of it all the same.
func (r *ritual) changeSoon(g *gate, who audience, pause time.Duration) {
	r.changed = true
	closed := pause*time.Duration(len(r.visitors)) - time.Since(g.last)
	switch {
	case closed <= 0:
		g.last = time.Now()
		r.tell(who)
	case !g.waiting:
		g.waiting = true
		r.after(r.stage.life, closed, func() {
			*g = gate{last: time.Now()}
			r.tell(who)
		})
	}
}

// after runs do in a turn, later, unless the context ends before.
func (r *ritual) after(ctx context.Context, wait time.Duration, do func()) {
	timer := time.NewTimer(wait)
	r.stage.running.Go(func() {
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		r.turn(func() {
			if ctx.Err() == nil {
				do()
			}
		})
	})
}
