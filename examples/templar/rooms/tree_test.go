package rooms_test

import (
	"fmt"
	"testing"

	"github.com/rootspush/roots/examples/templar/rooms"
)

// many is a tree with so many rooms of each of three kinds.
func many(t testing.TB, n int) *rooms.Tree {
	var tree rooms.Tree
	for i := range n {
		tree.Add(parse(t, fmt.Sprintf(`{"customer":%d,"kind":"invoice"}`, i)))
		tree.Add(parse(t, fmt.Sprintf(`{"customer":%d,"kind":"*"}`, i)))
		tree.Add(parse(t, fmt.Sprintf(`{"other":%d}`, i)))
	}
	return &tree
}

// TestSteps: what has to be looked up does not depend on how many rooms there are.
func TestSteps(t *testing.T) {
	for _, n := range []int{1, 100, 3000} {
		tree := many(t, n)
		for room, want := range map[string]int{`{"customer":0,"kind":"invoice"}`: 2, `{"customer":-1,"kind":"*"}`: 2, `{"other":0}`: 1, `{"none":1}`: 0} {
			if got := rooms.Steps(tree, parse(t, room)); got != want {
				t.Errorf("with %d rooms it takes %d look-ups for %s, not %d", n, got, room, want)
			}
		}
	}
}

// TestNothingIsLeft of rooms that were removed, in views neither.
func TestNothingIsLeft(t *testing.T) {
	tree := many(t, 100)
	for _, asked := range []string{`{"customer":"*","kind":"*"}`, `{"customer":"*","kind":"invoice"}`, `{"customer":5,"kind":"*"}`} {
		tree.Meeting(parse(t, asked))
	}
	for _, text := range []string{`{"customer":1,"kind":"invoice"}`, `{"customer":1,"kind":"*"}`, `{"other":1}`} {
		tree.Add(parse(t, text))
	}
	for range 2 {
		for i := range 101 {
			tree.Remove(parse(t, fmt.Sprintf(`{"customer":%d,"kind":"invoice"}`, i)))
			tree.Remove(parse(t, fmt.Sprintf(`{"customer":%d,"kind":"*"}`, i)))
			tree.Remove(parse(t, fmt.Sprintf(`{"other":%d}`, i)))
		}
		if left := 3; tree.Len() != 0 && tree.Len() != left {
			t.Errorf("%d rooms are left", tree.Len())
		}
	}
	if branches, rooms, viewed := rooms.Leftovers(tree); branches+rooms+viewed+tree.Len() != 0 {
		t.Errorf("%d branches, %d rooms and %d in views are left", branches, rooms, viewed)
	}
}

// TestViewsAreBounded, and say the same after they were made anew.
func TestViewsAreBounded(t *testing.T) {
	var tree rooms.Tree
	room := parse(t, `{"a":1,"b":1,"c":1,"d":1,"e":1}`)
	tree.Add(room)
	for stars := 1; stars < 32; stars++ {
		text := ""
		for i, key := range "abcde" {
			text += fmt.Sprintf(`,"%c":%s`, key, map[bool]string{true: `"*"`, false: "1"}[stars>>i&1 == 1])
		}
		if met := tree.Meeting(parse(t, "{"+text[1:]+"}")); len(met) != 1 {
			t.Errorf("{%s} meets %v", text[1:], met)
		}
		if want := (stars-1)%rooms.MaxViews + 1; rooms.Views(&tree, room) != want {
			t.Errorf("after %d ways there are %d views, not %d", stars, rooms.Views(&tree, room), want)
		}
	}
}

// BenchmarkCovers and BenchmarkMeeting show that it takes as long with a hundred
// thousand rooms as with ten.
func BenchmarkCovers(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		tree, room := many(b, n), parse(b, `{"customer":5,"kind":"order"}`)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if !tree.Covers(room) {
					b.Fatal("it is not covered")
				}
			}
		})
	}
}

func BenchmarkMeeting(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		var tree rooms.Tree // with one rare room, and nobody in a room with stars
		tree.Add(parse(b, `{"customer":5,"kind":"rare"}`))
		for i := range n {
			tree.Add(parse(b, fmt.Sprintf(`{"customer":%d,"kind":"invoice"}`, i)))
		}
		for _, asked := range []string{`{"customer":5,"kind":"invoice"}`, `{"customer":5,"kind":"*"}`, `{"customer":"*","kind":"rare"}`} {
			room := parse(b, asked)
			tree.Meeting(room) // which makes the view
			b.Run(fmt.Sprint(n, " ", asked), func(b *testing.B) {
				for b.Loop() {
					tree.Meeting(room)
				}
			})
		}
	}
}
