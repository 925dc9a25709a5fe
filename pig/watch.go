package pig

import "slices"

// A Watcher is told what is heard. It can have updates come from elsewhere that
// way: from other machines, say. Its methods are called from many goroutines at
// once, with no lock held; they do not wait, and may call the Pig.
type Watcher interface {
	// Heard is told of each new receiver of h, not only of the first. That gets
	// nothing before admit is called, the empty message neither: what comes
	// meanwhile waits, in order. So a watcher calls admit once the receiver
	// misses nothing any more, from whichever goroutine, and does so soon.
	Heard(h Heard, admit func())
	// Unheard is told that the last receiver of h left. Another may have come
	// since: [Pig.Count] tells.
	Unheard(h Heard)
}

// Watch has w told from now on who comes and goes. It is called once, before
// others know the Pig. Connect and its kin then return before the receiver is
// admitted.
func (p *Pig) Watch(w Watcher) { p.watcher = w }

// admit gives a new receiver what comes first, and then all that was held back,
// once the watcher says so.
func (p *Pig) admit(c *conn, g *gate, first []update) {
	if p.watcher == nil {
		c.pass(g, first)
		return
	}
	p.watcher.Heard(c.heard(), func() { c.pass(g, first) })
}

// IsAdmitted says whether id was given all that came for it so far. It was not as
// long as a watcher has yet to admit it to something that it hears, and while what
// was held back is being given.
func (p *Pig) IsAdmitted(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.owners.get(hashOf(id), id)
	return o == nil || !slices.ContainsFunc(o.conns, func(c *conn) bool { return c.gate.Load().isShut() })
}

// isShut says whether something may be held back. A nil gate is open.
func (g *gate) isShut() bool {
	if g == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.open
}

// note keeps what may have lost its last receiver for report. The caller holds
// the lock.
func (p *Pig) note(c *conn) {
	if p.watcher != nil && c.list.live == 0 {
		p.unheard = append(p.unheard, c.heard())
	}
}

// report tells the watcher what was noted, by whomever.
func (p *Pig) report() {
	if p.watcher == nil {
		return
	}
	p.mu.Lock()
	unheard := p.unheard
	p.unheard = nil
	p.mu.Unlock()
	for _, h := range unheard {
		p.watcher.Unheard(h)
	}
}
