package pig

// An audience is what the table has of one path: its receivers. The first of
// them is mostly the only one, and stands here so that it shares its memory with
// the list: one cache miss less.
type audience struct {
	list
	first conn
}

// conn returns a fresh connection. It is in use once it has its list, and is not
// used again after that: a walk may still hold it.
func (a *audience) conn() *conn {
	if a.first.list == nil {
		return &a.first
	}
	return new(conn)
}

// moveTo makes fresh, which is to be put in the place of a, the list of the same
// receivers. That is done when the first has left before the others: it could
// not be freed as long as they stay. It happens once, and costs no more than it
// did to add them.
func (a *audience) moveTo(fresh *audience) {
	fresh.first.list = &fresh.list // not to be used, or it would happen again and again
	fresh.live = a.live
	fresh.ids.Store(a.ids.Load())
	fresh.many.Store(a.many.Load())
	fresh.each(func(c *conn) { c.list = &fresh.list })
}
