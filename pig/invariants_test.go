package pig

import (
	"fmt"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
)

// quick says that the long tests should do less: with -short, and under the race
// detector, which makes them twenty times slower and has others to look at.
func quick() bool {
	return testing.Short() || testenv.Race()
}

// check looks for everything that must be true of a Pig whenever nobody is
// writing.
func check(t *testing.T, p *Pig) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &checker{seen: map[*conn]bool{}}
	for i := range p.paths {
		checkTable(c, &p.paths[i])
		for path, a := range p.paths[i].all {
			c.list(&a.list, path, false)
			c.want(a.live > 0, path, "the path is kept for nobody")
			c.want(a.first.to == nil || c.seen[&a.first], path, "the path holds on to one who has left")
		}
	}
	paths := len(c.seen)
	c.node(&p.root, "")
	c.want(len(c.seen)-paths == int(p.patterns.Load()), "", "the connections to patterns are miscounted")
	owned := 0
	checkTable(c, &p.owners)
	for id, o := range p.owners.all {
		owned += len(o.conns)
		c.want(len(o.conns) > 0, id, "the id is kept without a connection")
		for _, one := range o.conns {
			c.want(one.owner == o && c.seen[one], id, "the id has a connection that is in no list")
		}
	}
	for one := range p.local {
		c.want(one.owner == nil && c.seen[one], one.text, "a local receiver is in no list")
	}
	c.want(owned+len(p.local) == len(c.seen), "", "a receiver in a list is neither owned nor local")
	if c.err != nil {
		t.Fatal(c.err)
	}
}

// A checker keeps the first thing that is wrong, and the receivers that it saw.
type checker struct {
	seen map[*conn]bool
	err  error
}

func (c *checker) want(ok bool, about, wrong string) {
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%q: %s", about, wrong)
	}
}

func (c *checker) list(l *list, text string, pattern bool) {
	var live, ids int32
	l.each(func(one *conn) {
		live++
		if one.owner != nil {
			ids++
		}
		c.want(!c.seen[one], text, "a receiver is in two lists")
		c.seen[one] = true
		c.want(one.list == l && one.text == text && one.pattern == pattern, text, "a receiver of something else is in the list")
		g := one.gate.Load()
		c.want(g == nil || g != closed && g.open && len(g.held) == 0, text, "a gate was not opened")
		if r := l.many.Load(); r != nil {
			c.want(r.at[one.index].Load() == one, text, "a receiver has the wrong index")
		}
	})
	c.want(live == l.live && ids == l.ids.Load(), text, "the list is miscounted")
	c.want(l.solo.Load() == nil || l.many.Load() == nil, text, "the list is two")
	if r := l.many.Load(); r != nil {
		c.want(live > 0, text, "an empty list has a row")
		c.want(len(r.at) <= smallRow || int(live)*4 >= len(r.at), text, "a long row is kept for few receivers")
	}
}

func (c *checker) node(n *node, prefix string) {
	checkTable(c, &n.children)
	if prefix != "" {
		c.list(&n.here, prefix[:len(prefix)-1], true)
		c.want(!n.empty(), prefix, "the node is kept for nothing")
	}
	c.list(&n.rest, prefix+"**", true)
	if star := n.star.Load(); star != nil {
		c.node(star, prefix+"*/")
	}
	for segment, child := range n.children.all {
		c.node(child, prefix+segment+"/")
	}
}

func checkTable[V any](c *checker, t *table[V]) {
	slots := t.slots.Load()
	if slots == nil {
		c.want(t.live == 0 && t.used == 0, "", "a table without slots has entries")
		return
	}
	live, used := 0, 0
	for i := range *slots {
		e := (*slots)[i].entry.Load()
		if e == nil {
			continue
		}
		used++
		if !e.removed {
			live++
			c.want(t.get((*slots)[i].hash.Load(), e.key) == &e.value, e.key, "an entry of a table can't be found")
		}
	}
	c.want(live == t.live && used == t.used, "", "a table is miscounted")
	c.want(used < len(*slots), "", "a table is full")
	c.want(live > 0 && (len(*slots) <= 8*live || len(*slots) == fewestSlots), "", "a large table is kept for few entries")
}
