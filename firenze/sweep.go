package firenze

import (
	"errors"
	"log/slog"
	"time"
)

var (
	errFull     = errors.New("there are as many sessions as there may be, try again later")
	errDraining = errors.New("this server is going down, try again later")
)

// begin makes a session, which is not known to anybody yet.
func (f *Firenze) begin(latest bool) (*client, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.drained {
		return nil, errDraining
	}
	return f.place(latest)
}

// place finds room for a session, a new one or one that is taken up. The first one
// also starts the sweeper, which lives as long as there are any. The caller holds
// the lock.
func (f *Firenze) place(latest bool) (*client, error) {
	switch {
	case f.isClosed():
		return nil, errDraining
	case f.sessions >= f.options.MaxSessions:
		return nil, errFull
	}
	f.sessions++
	f.setClock()
	if f.sweeping == nil {
		f.sweeping = make(chan struct{})
		go f.sweep(f.sweeping)
	}
	c := &client{firenze: f, began: f.now()}
	c.limits, c.latest, c.seen = &f.limits, latest, c.began
	return c, nil
}

// enter makes a client known to everybody. It calls the registry, so it is not
// done under the lock.
func (f *Firenze) enter(c *client) {
	c.setID(f.registry.Register(c), newKey())
	f.clients.Store(c.id, c)
	slog.Debug("a session begins", "id", c.id)
}

// sweep looks through the sessions again and again until there are none.
func (f *Firenze) sweep(ended chan struct{}) {
	defer close(ended)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		closing := false
		select {
		case <-ticker.C:
		case <-f.closed:
			closing = true
		}
		f.renew()
		f.checkAll(closing)
		if parked := f.wakeDue(); f.rests(parked) {
			return
		}
	}
}

// checkAll ends the sessions whose time it is, or all.
func (f *Firenze) checkAll(closing bool) {
	pace := f.pace(f.count(), lookedAt, tick/5)
	f.clients.Range(func(_, value any) bool {
		pace.step()
		f.check(value.(*client), closing)
		return true
	})
}

// wakeDue wakes those that are parked and want to be told that time has passed.
// It returns how many are parked.
func (f *Firenze) wakeDue() (parked int) {
	var due []line
	now := f.now()
	pace := f.pace(f.count(), lookedAt, tick/5)
	for conn, guest := range f.lot.All() {
		pace.step()
		parked++
		if guest.(interface{ isDue(time.Duration) bool }).isDue(now) {
			due = append(due, conn)
		}
	}
	f.wakeEvenly(due)
	return parked
}

// wakeEvenly wakes many spread over some time. Thousands that came at once, after a
// restart say, are due at once ever after, and whatever is to be said to others would
// wait behind what is said to all of them.
func (f *Firenze) wakeEvenly(due []line) {
	pace := f.pace(len(due), writtenTo, tick/2)
	for _, l := range due {
		pace.step()
		l.Wake()
	}
}

// rests ends the sweeper if there is nothing left to do.
func (f *Firenze) rests(parked int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sessions > 0 || parked > 0 && !f.drained {
		return false
	}
	f.sweeping = nil
	return true
}

// check ends the session if it is time to.
func (f *Firenze) check(c *client, closing bool) {
	f.settle(c, func() *waiter {
		if closing {
			return c.end(left)
		}
		return c.check(f.now())
	})
}

// settle does what may end a session, under its lock, tells the poll that this
// concerns, and takes the session out if it is over.
func (f *Firenze) settle(c *client, do func() *waiter) {
	c.mu.Lock()
	do().tell()
	why := c.over
	c.mu.Unlock()
	if why != going {
		f.remove(c, why)
	}
}

// remove forgets a session that is over. It may be asked for twice at once.
func (f *Firenze) remove(c *client, why ending) {
	if f.clients.CompareAndDelete(c.id, c) {
		f.retire(c, why)
	}
}

// retire takes a session out of the registry that no request finds any more.
func (f *Firenze) retire(c *client, why ending) {
	f.registry.Unregister(c.id)
	f.counters.ended[why].Add(1)
	slog.Debug("a session is over", "id", c.id, "why", why.String())
	f.drop()
}

// drop counts one session less.
func (f *Firenze) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions--
}
