package pig

import (
	"sync/atomic"

	"github.com/rootspush/roots/thestral"
)

// A list holds the receivers of one path or pattern. It is walked without a
// lock while the writers, who hold the lock of the Pig, add and remove. Most
// paths have one receiver, so the first needs no row.
type list struct {
	solo atomic.Pointer[conn]
	many atomic.Pointer[row] // in place of solo, from the second receiver on
	live int32
	ids  atomic.Int32 // how many of the living have an id
}

// A row is only ever appended to; what is removed leaves a hole. When it is
// full, or mostly holes, the receivers move to another row, so that adding and
// removing cost a constant time in the mean. A walk that is under way stays on
// the row it began with: it meets nobody twice and nobody new.
type row struct {
	used atomic.Int64
	at   []atomic.Pointer[conn]
}

const smallRow = 4

func (l *list) add(c *conn) {
	l.count(c, 1)
	r := l.many.Load()
	switch {
	case l.live == 1:
		l.solo.Store(c)
		return
	case r == nil:
		r = newRow(smallRow)
		r.append(l.solo.Load())
		l.many.Store(r)
		defer l.solo.Store(nil) // only now: a reader finds solo or many, never neither
	case int(r.used.Load()) == len(r.at):
		r = l.renew()
	}
	r.append(c)
}

func (l *list) remove(c *conn) {
	l.count(c, -1)
	r := l.many.Load()
	switch {
	case l.live == 0:
		l.solo.Store(nil)
		l.many.Store(nil)
	case r != nil:
		r.at[c.index].Store(nil)
		if len(r.at) > smallRow && int(l.live)*4 < len(r.at) {
			l.renew()
		}
	}
}

func (l *list) count(c *conn, n int32) {
	l.live += n
	if c.owner != nil {
		l.ids.Add(n)
	}
}

// renew moves the receivers to a row with room for as many again.
func (l *list) renew() *row {
	r := newRow(max(smallRow, int(l.live)*2))
	l.each(r.append)
	l.many.Store(r)
	return r
}

func newRow(size int) *row { return &row{at: make([]atomic.Pointer[conn], size)} }

func (r *row) append(c *conn) {
	n := r.used.Load()
	c.index = int32(n)
	r.at[n].Store(c)
	r.used.Store(n + 1)
}

// deliver hands u to every receiver, or to the local ones only. It comes to the
// last of them even if some panic.
func (l *list) deliver(sender thestral.Thestral, path, message string, seq uint64, localOnly bool) {
	if c := l.solo.Load(); c != nil {
		if !localOnly || c.owner == nil {
			c.deliver(sender, path, message, seq)
		}
		return
	}
	r := l.many.Load()
	if r == nil {
		return
	}
	for i, n := 0, int(r.used.Load()); i < n; {
		i = r.walk(&update{sender, path, message, seq}, localOnly, i, n)
	}
}

// walk delivers to the receivers from i on. After a panic it returns early,
// with the number of the next.
func (r *row) walk(u *update, localOnly bool, i, n int) (next int) {
	defer thestral.Recover(u.path)
	for next = i; next < n; {
		c := r.at[next].Load()
		next++
		if c == nil || localOnly && c.owner != nil {
			continue
		}
		if g := c.gate.Load(); g != nil && g.hold(u) {
			continue
		}
		c.to.Update(u.sender, u.path, u.message)
	}
	return next
}

// each calls visit for every receiver. The caller holds the lock of the writers.
func (l *list) each(visit func(*conn)) {
	if c := l.solo.Load(); c != nil {
		visit(c)
	}
	if r := l.many.Load(); r != nil {
		for i := range int(r.used.Load()) {
			if c := r.at[i].Load(); c != nil {
				visit(c)
			}
		}
	}
}
