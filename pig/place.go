package pig

// A place is what the table has of one path: its receivers. The first of them is
// mostly the only one, and stands here so that it shares its memory with the
// list: one cache miss less.
type place struct {
	list
	first conn
}

// conn returns a fresh connection. It is in use once it has its list, and is not
// used again after that: a walk may still hold it.
func (at *place) conn() *conn {
	if at.first.list == nil {
		return &at.first
	}
	return new(conn)
}

// moveTo makes fresh, which is to be put in the place of at, the list of the same
// receivers. That is done when the first has left before the others: it could
// not be freed as long as they stay. It happens once, and costs no more than it
// did to add them.
func (at *place) moveTo(fresh *place) {
	fresh.first.list = &fresh.list // not to be used, or it would happen again and again
	fresh.live = at.live
	fresh.ids.Store(at.ids.Load())
	fresh.many.Store(at.many.Load())
	fresh.each(func(c *conn) { c.list = &fresh.list })
}
