package rooms_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rootspush/roots/examples/templar/rooms"
)

// covers says it with a tree of one room.
func covers(t testing.TB, permission, room string) bool {
	var tree rooms.Tree
	tree.Add(parse(t, permission))
	return tree.Covers(parse(t, room))
}

func meets(t testing.TB, a, b string) bool {
	var tree rooms.Tree
	tree.Add(parse(t, a))
	return len(tree.Meeting(parse(t, b))) == 1
}

// TestOrder: of each pair, whether the second covers the first, and the other way.
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		a, b                string
		below, above, meets bool
	}{
		{`{}`, `{}`, true, true, true},
		{`{"x":1}`, `{"x":1}`, true, true, true},
		{`{"x":1}`, `{"x":1.0}`, true, true, true},
		{`{"x":1}`, `{"x":"*"}`, true, false, true},
		{`{"x":"*"}`, `{"x":"*"}`, true, true, true},
		{`{"x":1}`, `{"x":2}`, false, false, false},
		{`{"x":1}`, `{"x":"1"}`, false, false, false},
		{`{"x":1}`, `{"x":true}`, false, false, false},
		{`{"x":0}`, `{"x":false}`, false, false, false},
		{`{"x":null}`, `{"x":"*"}`, true, false, true},
		{`{"x":{"y":1}}`, `{"x":{"y":1.0}}`, true, true, true},
		{`{"x":{"y":1}}`, `{"x":{"y":"*"}}`, false, false, false}, // a star is the whole of a value
		{`{"x":["*"]}`, `{"x":["*"]}`, true, true, true},
		{`{"x":"a"}`, `{"x":"a*"}`, false, false, false},
		{`{"x":"a"}`, `{"x":"**"}`, false, false, false},
		{`{"x":1}`, `{"y":1}`, false, false, false},
		{`{"x":1}`, `{"x":1,"y":1}`, false, false, false},
		{`{"x":1}`, `{"x":1,"y":"*"}`, false, false, false},
		{`{}`, `{"x":"*"}`, false, false, false},
		{`{"x":1}`, `{"*":1}`, false, false, false},
		{`{"x":1,"y":2}`, `{"y":2,"x":1}`, true, true, true},
		{`{"x":1,"y":2}`, `{"x":1,"y":"*"}`, true, false, true},
		{`{"x":1,"y":2}`, `{"x":"*","y":"*"}`, true, false, true},
		{`{"x":"*","y":2}`, `{"x":"*","y":"*"}`, true, false, true},
		{`{"x":"*","y":1}`, `{"x":1,"y":"*"}`, false, false, true},
		{`{"x":"*","y":1}`, `{"x":1,"y":2}`, false, false, false},
		{`{"x":"*","y":1}`, `{"x":"*","y":2}`, false, false, false},
	} {
		if got := covers(t, c.b, c.a); got != c.below {
			t.Errorf("%s covers %s: %v", c.b, c.a, got)
		}
		if got := covers(t, c.a, c.b); got != c.above {
			t.Errorf("%s covers %s: %v", c.a, c.b, got)
		}
		if got := []bool{meets(t, c.a, c.b), meets(t, c.b, c.a)}; !slices.Equal(got, []bool{c.meets, c.meets}) {
			t.Errorf("%s and %s meet: %v", c.a, c.b, got)
		}
	}
}

// A twin is a room that knows the rules in the simplest way.
type twin map[string]string

func (w twin) String() string {
	var parts []string
	for key, value := range w {
		parts = append(parts, fmt.Sprintf("%q:%q", key, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (w twin) all(other twin, fits func(a, b string) bool) bool {
	for key, a := range w {
		if b, ok := other[key]; !ok || !fits(a, b) {
			return false
		}
	}
	return len(w) == len(other)
}

func (w twin) covers(other twin) bool {
	return w.all(other, func(a, b string) bool { return a == b || a == "*" })
}

func (w twin) meets(other twin) bool {
	return w.all(other, func(a, b string) bool { return a == b || a == "*" || b == "*" })
}

// universe is every room with some of the keys x, y and z, and the values 1, 2 and a star.
func universe() (all []twin) {
	values := []string{"", "1", "2", "*"}
	for i := range 4 * 4 * 4 {
		w := twin{}
		for _, key := range []string{"x", "y", "z"} {
			if value := values[i%4]; value != "" {
				w[key] = value
			}
			i /= 4
		}
		all = append(all, w)
	}
	return all
}

// TestOrderIsOne: of all small rooms, covering is what the rules say, and a partial
// order; meeting is symmetric, and is to have something below both.
func TestOrderIsOne(t *testing.T) {
	all := universe()
	below := map[[2]int]bool{}
	for i, a := range all {
		for j, b := range all {
			below[[2]int{i, j}] = covers(t, b.String(), a.String())
			if got, want := below[[2]int{i, j}], b.covers(a); got != want {
				t.Errorf("%s covers %s: %v", b, a, got)
			}
			if got, want := meets(t, a.String(), b.String()), a.meets(b); got != want {
				t.Errorf("%s meets %s: %v", a, b, got)
			}
		}
	}
	for i := range all {
		for j := range all {
			common := false
			for k := range all {
				if below[[2]int{i, j}] && below[[2]int{j, k}] && !below[[2]int{i, k}] {
					t.Errorf("%s, %s, %s: not transitive", all[i], all[j], all[k])
				}
				common = common || below[[2]int{k, i}] && below[[2]int{k, j}]
			}
			if below[[2]int{i, j}] && below[[2]int{j, i}] != (i == j) {
				t.Errorf("%s and %s cover each other: not antisymmetric", all[i], all[j])
			}
			if common != all[i].meets(all[j]) {
				t.Errorf("%s and %s have something below both: %v", all[i], all[j], common)
			}
		}
	}
}

// TestTwin: after whatever was added and removed, a tree says what a list would.
func TestTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := universe()
	var parsed []rooms.Room
	for _, w := range all {
		parsed = append(parsed, parse(t, w.String()))
	}
	var tree rooms.Tree
	count := map[int]int{}
	for range 20_000 {
		i := random.IntN(len(all))
		if random.IntN(2) == 0 {
			tree.Add(parsed[i])
			count[i]++
		} else {
			tree.Remove(parsed[i])
			if count[i]--; count[i] <= 0 {
				delete(count, i)
			}
		}
		asked := random.IntN(len(all))
		covered, met, got := false, []string{}, []string{}
		for j := range count {
			covered = covered || all[j].covers(all[asked])
			if all[j].meets(all[asked]) {
				met = append(met, parsed[j].String())
			}
		}
		for _, m := range tree.Meeting(parsed[asked]) {
			got = append(got, m.String())
		}
		slices.Sort(met)
		slices.Sort(got)
		if !slices.Equal(met, got) || tree.Covers(parsed[asked]) != covered || tree.Len() != len(count) {
			t.Fatalf("%s: the tree of %d rooms covers it: %v, and it meets %v, not %v", all[asked], tree.Len(), tree.Covers(parsed[asked]), got, met)
		}
	}
}
