package faults

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// What the tests from outside need to know.
const Taken = taken

var (
	Text = text
	Plan = plan
)

func FaultsOf(d Direction) Fault { return faultsOf[d] }

// Linger makes the moments longer that connections may go on after a fault.
func (p *Proxy) Linger(longest time.Duration) { p.longest = longest }

// Once plans one fault, for the first piece of a direction.
func (p *Proxy) Once(direction Direction, fault Fault) {
	var done atomic.Bool
	p.plan = func(_ *rand.Rand, d Direction) Fault {
		if d == direction && done.CompareAndSwap(false, true) {
			return fault
		}
		return None
	}
}
