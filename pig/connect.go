package pig

import (
	"fmt"
	"strings"

	"github.com/rootspush/roots/thestral"
)

// Connect lets id hear path, where a star is a star. Connecting again changes
// nothing, but the empty message is sent again. It returns an error, and
// changes nothing, if id is not in the directory or hears [MaxConnections]
// paths already, or if path is none or a control path.
func (p *Pig) Connect(id, path string) error {
	if err := thestral.CheckHeard(path); err != nil {
		return err
	}
	return p.connect(id, path, false)
}

// Match lets id hear every path that pattern matches; [CheckPattern] has the
// rules. In all else it is as Connect.
func (p *Pig) Match(id, pattern string) error {
	if err := CheckPattern(pattern); err != nil {
		return err
	}
	return p.connect(id, pattern, true)
}

// Disconnect ends what Connect began, and tells id so. If id does not hear path
// nothing happens. It returns an error if id is not in the directory.
func (p *Pig) Disconnect(id, path string) error { return p.disconnect(id, path, false) }

// Unmatch ends what Match began, as Disconnect does for Connect.
func (p *Pig) Unmatch(id, pattern string) error { return p.disconnect(id, pattern, true) }

// On lets t hear a path, control paths too, or, if there is a star in it, every
// path that the pattern matches. No empty message is sent, but what is
// remembered of a path is. Off ends it and may be called twice. On panics if
// pathOrPattern is neither, if t is nil, and if t would hand its updates back to
// this Pig at once: that would go on until the stack is full.
func (p *Pig) On(pathOrPattern string, t thestral.Thestral) (off func()) {
	pattern, check := strings.Contains(pathOrPattern, "*"), thestral.CheckPath
	if pattern {
		check = CheckPattern
	}
	if err := check(pathOrPattern); err != nil {
		panic("pig: " + err.Error())
	}
	if thestral.Reaches(t, p) {
		panic(fmt.Sprintf("pig: the receiver of %q would hand updates back to the same pig", pathOrPattern))
	}
	to := thestral.Prompted(t)
	p.mu.Lock()
	c, g, past := p.enter(to, nil, pathOrPattern, pattern)
	p.local[c] = struct{}{}
	p.mu.Unlock()
	p.admit(c, g, past)
	return func() {
		defer p.report()
		p.mu.Lock()
		defer p.mu.Unlock()
		if _, on := p.local[c]; on {
			delete(p.local, c)
			p.leave(c)
		}
	}
}

func (p *Pig) connect(id string, text string, pattern bool) error {
	c, g, past, err := p.join(id, text, pattern)
	switch {
	case err != nil:
		return err
	case g == nil:
		c.deliver(p, text, "", latest)
	default:
		p.admit(c, g, append([]update{{sender: p, path: text}}, past...))
	}
	return nil
}

// Resume lets id hear all of that, as it did in another process that it was in
// until now. It is told nothing, no empty message and nothing that is remembered:
// it goes on. It stops with an error at the first that can't be heard, for the
// reasons of Connect and Match.
func (p *Pig) Resume(id string, all []Heard) error {
	for _, h := range all {
		check := thestral.CheckHeard
		if h.Pattern {
			check = CheckPattern
		}
		if err := check(h.Text); err != nil {
			return err
		}
		c, g, _, err := p.join(id, h.Text, h.Pattern)
		if err != nil {
			return err
		}
		if g != nil {
			p.admit(c, g, nil)
		}
	}
	return nil
}

// join enters id, if it is known, among the receivers of a path or pattern.
func (p *Pig) join(id string, text string, pattern bool) (*conn, *gate, []update, error) {
	t, known := p.lookup(id)
	if !known {
		return nil, nil, nil, fmt.Errorf("id %.120q is not registered", id)
	}
	if thestral.Reaches(t, p) {
		return nil, nil, nil, fmt.Errorf("id %.120q would hand updates back to the same pig", id)
	}
	c, g, past, err := p.attach(id, t, text, pattern)
	if err != nil {
		return nil, nil, nil, err
	}
	if _, known := p.lookup(id); !known {
		p.Forget(id) // it went while it was attached, so its ::gone may have come too early
		return nil, nil, nil, fmt.Errorf("id %.120q is not registered any more", id)
	}
	return c, g, past, nil
}

// attach enters id among the receivers of a path or pattern. The gate is nil if
// it was there already.
func (p *Pig) attach(id string, t thestral.Thestral, text string, pattern bool) (*conn, *gate, []update, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.owners.put(hashOf(id), id)
	if o.to == nil {
		o.to = thestral.Prompted(t)
	}
	if i := o.find(text, pattern); i >= 0 {
		return o.conns[i], nil, nil, nil
	}
	if len(o.conns) == MaxConnections {
		return nil, nil, nil, fmt.Errorf("id %.120q hears %d paths already, more are not allowed", id, MaxConnections)
	}
	c, g, past := p.enter(o.to, o, text, pattern)
	o.conns = append(o.conns, c)
	return c, g, past, nil
}

func (p *Pig) disconnect(id string, text string, pattern bool) error {
	if _, known := p.lookup(id); !known {
		return fmt.Errorf("id %.120q is not registered", id)
	}
	if to := p.detach(id, text, pattern); to != nil {
		thestral.Deliver(to, p, thestral.Disconnected, text)
	}
	return nil
}

// detach returns whom it disconnected, or nil if id does not hear that.
func (p *Pig) detach(id string, text string, pattern bool) thestral.Prompt {
	defer p.report()
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.owners.get(hashOf(id), id)
	if o == nil {
		return nil
	}
	i := o.find(text, pattern)
	if i < 0 {
		return nil
	}
	p.leave(o.conns[i])
	last := len(o.conns) - 1
	o.conns[i], o.conns[last] = o.conns[last], nil
	if o.conns = o.conns[:last]; last == 0 {
		p.owners.remove(hashOf(id), id)
	}
	return o.to
}

// Forget ends all that id hears, without telling it: it is gone, or goes on in
// another process.
func (p *Pig) Forget(id string) {
	defer p.report()
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.owners.get(hashOf(id), id); o != nil {
		for _, c := range o.conns {
			p.leave(c)
		}
		p.owners.remove(hashOf(id), id)
	}
}

// enter makes a receiver of a path or pattern, and returns what is remembered of
// that. The gate holds every later update back.
func (p *Pig) enter(to thestral.Prompt, o *owner, text string, pattern bool) (*conn, *gate, []update) {
	l, c := p.grow(text, pattern)
	g := new(gate)
	c.to, c.owner, c.list, c.text, c.pattern = to, o, l, text, pattern
	c.gate.Store(g)
	if pattern || p.memory == nil || thestral.IsControl(text) {
		l.add(c) // nothing is remembered of that
		return c, g, nil
	}
	p.memory.mu.Lock() // one moment for both: what is not in past comes through the gate
	defer p.memory.mu.Unlock()
	var past []update
	past, g.from = p.memory.recall(text)
	l.add(c)
	return c, g, past
}

// grow returns the list of a path or pattern, which is new if there was none, and
// a fresh connection for it.
func (p *Pig) grow(text string, pattern bool) (*list, *conn) {
	if pattern {
		p.patterns.Add(1)
		return p.root.at(text, true), new(conn)
	}
	t, hash := p.table(text)
	a := t.put(hash, text)
	return &a.list, a.conn()
}

// leave takes c out again, and what is then empty with it.
func (p *Pig) leave(c *conn) {
	c.close()
	c.list.remove(c)
	p.note(c)
	if c.pattern {
		p.root.prune(c.text)
		p.patterns.Add(-1)
		return
	}
	t, hash := p.table(c.text)
	if c.list.live == 0 {
		t.remove(hash, c.text)
	} else if a := t.get(hash, c.text); c == &a.first {
		t.replace(hash, c.text, a.moveTo)
	}
}
