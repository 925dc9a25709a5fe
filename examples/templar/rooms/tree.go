package rooms

// A Tree holds rooms. The zero value is empty and ready. It is for one goroutine at
// a time; Covers and Len alone may be called from many at once.
type Tree struct {
	branches map[string][]*branch // by the keys of the rooms
	rooms    int
}

// A branch holds the rooms that have the same keys, and stars in the same places.
type branch struct {
	stars mask
	rooms map[string]*entry // by text
	views map[mask]view
}

// An entry is a room, and how often it was added.
type entry struct {
	Room
	count int
}

// A view sorts the rooms of a branch by some of their values.
type view map[string]map[*entry]struct{}

// maxViews is how many views a branch has. They are made as messages with stars come,
// whose senders put these in the same few places; with more, all are made anew.
const maxViews = 16

// Add puts a room into the tree. One that is there already is counted.
func (t *Tree) Add(r Room) {
	b := t.branch(r)
	if b == nil {
		b = &branch{stars: r.stars, rooms: map[string]*entry{}}
		if t.branches == nil {
			t.branches = map[string][]*branch{}
		}
		t.branches[r.keys()] = append(t.branches[r.keys()], b)
	}
	e := b.rooms[r.text]
	if e == nil {
		e = &entry{Room: r}
		b.rooms[r.text] = e
		t.rooms++
		for some, v := range b.views {
			v.add(e, some)
		}
	}
	e.count++
}

// Remove takes out a room as often as it was added. One that is not there is no
// mistake.
func (t *Tree) Remove(r Room) {
	b := t.branch(r)
	if b == nil || b.rooms[r.text] == nil {
		return
	}
	e := b.rooms[r.text]
	if e.count--; e.count > 0 {
		return
	}
	delete(b.rooms, r.text)
	t.rooms--
	for some, v := range b.views {
		v.remove(e, some)
	}
	if len(b.rooms) == 0 {
		t.cut(r.keys(), b)
	}
}

// cut takes out a branch that is empty.
func (t *Tree) cut(keys string, b *branch) {
	var left []*branch
	for _, other := range t.branches[keys] {
		if other != b {
			left = append(left, other)
		}
	}
	if t.branches[keys] = left; left == nil {
		delete(t.branches, keys)
	}
}

// Len returns how many rooms there are.
func (t *Tree) Len() int { return t.rooms }

func (t *Tree) branch(r Room) *branch {
	for _, b := range t.branches[r.keys()] {
		if b.stars == r.stars {
			return b
		}
	}
	return nil
}

// Covers says whether any room in the tree covers r.
func (t *Tree) Covers(r Room) bool {
	for _, b := range t.branches[r.keys()] {
		if b.rooms[r.with(b.stars)] != nil {
			return true
		}
	}
	return false
}

// Meeting returns the rooms in the tree that r meets, in no order.
func (t *Tree) Meeting(r Room) (met []Room) {
	for _, b := range t.branches[r.keys()] {
		met = b.meeting(met, r)
	}
	return met
}

func (b *branch) meeting(met []Room, r Room) []Room {
	if r.stars&^b.stars == 0 { // r says all that there is to compare, so there is one at the most
		if e := b.rooms[r.with(b.stars)]; e != nil {
			met = append(met, e.Room)
		}
		return met
	}
	both := r.all() &^ (r.stars | b.stars)
	for e := range b.view(both)[r.only(both)] {
		met = append(met, e.Room)
	}
	return met
}

// view returns the view by some values, which is made the first time.
func (b *branch) view(some mask) view {
	if v := b.views[some]; v != nil {
		return v
	}
	if b.views == nil || len(b.views) == maxViews {
		b.views = map[mask]view{}
	}
	v := view{}
	for _, e := range b.rooms {
		v.add(e, some)
	}
	b.views[some] = v
	return v
}

func (v view) add(e *entry, some mask) {
	values := e.only(some)
	if v[values] == nil {
		v[values] = map[*entry]struct{}{}
	}
	v[values][e] = struct{}{}
}

func (v view) remove(e *entry, some mask) {
	values := e.only(some)
	if delete(v[values], e); len(v[values]) == 0 {
		delete(v, values)
	}
}
