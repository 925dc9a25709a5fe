package stage

import (
	"time"

	"github.com/rootspush/roots/firenze/parking"
)

// sweep looks after everything that takes its time, until the stage is closed.
func (s *Stage) sweep() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.wakeDue()
			s.sweepRituals()
		case <-s.life.Done():
			return
		}
	}
}

// wakeDue ends the waits that have lasted for long enough.
func (s *Stage) wakeDue() {
	for conn, guest := range s.lot.All() {
		wakeIfDue(conn, guest)
	}
}

func wakeIfDue(conn *parking.Conn, guest parking.Guest) {
	if guest.(*waiter).isDue() {
		conn.Wake()
	}
}

// sweepRituals forgets clients that are silent, and rituals that nobody is in.
func (s *Stage) sweepRituals() {
	for _, r := range s.all() {
		if r.sweep() {
			s.mu.Lock()
			delete(s.rituals, r.name)
			s.mu.Unlock()
			r.finish()
		}
	}
}

// sweep reports whether the ritual is over.
func (r *ritual) sweep() (over bool) {
	var gone []*visitor
	r.turn(func() {
		gone = r.forget((*visitor).isSilent)
		if len(r.visitors) > 0 {
			r.lastSeen = time.Now()
		}
		over = time.Since(r.lastSeen) > oblivion
	})
	for _, v := range gone {
		v.leave()
	}
	return over
}
