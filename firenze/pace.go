package firenze

import "time"

// What is to be done for all sessions is done in so many portions, unless they are few,
// so that others wait for one of them at most: of ten thousand sessions that is a
// quarter of a millisecond.
const portions = 250

// How many a portion has at least. Smaller ones would cost more in pauses than in work.
const (
	lookedAt  = 256
	writtenTo = 32
)

// A pace spreads many steps over some time. It has to pause, as to yield is not enough:
// in a process with little to do nobody looks at the network while a goroutine runs that
// a timer woke.
type pace struct {
	firenze *Firenze
	portion int
	taken   int // of the portion
	pause   time.Duration
}

// pace is for about n steps within some time.
func (f *Firenze) pace(n, few int, within time.Duration) pace {
	return pace{firenze: f, portion: max(few, n/portions), pause: within / portions}
}

// step waits after each portion, but not once the Firenze is closed.
func (p *pace) step() {
	if p.taken == p.portion {
		p.taken = 0
		select {
		case <-time.After(p.pause):
		case <-p.firenze.closed:
		}
	}
	p.taken++
}
