package thestral_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

var slow = thestral.Func(func(thestral.Thestral, string, string) {})

// A wiring is a Thestral, and whether the pieces call it directly.
type wiring struct {
	piece  thestral.Thestral
	direct bool
}

func wirings() map[string]wiring {
	withFunc := new(dolores.Dolores)
	withFunc.Delegate(slow)
	owl := pig.New(nil, pig.Options{})
	owl.On("path", slow)
	return map[string]wiring{
		"recorder":                     {new(thestraltest.Recorder), true},
		"func":                         {slow, false},
		"queue before a func":          {thestral.NewQueue(slow, 1), true},
		"filch before a recorder":      {filch.Guard(new(thestraltest.Recorder), nil), true},
		"filch before a func":          {filch.Guard(slow, nil), false},
		"two filches before a func":    {filch.Guard(filch.Guard(slow, nil), nil), false},
		"filch before a queue":         {filch.Guard(thestral.NewQueue(slow, 1), nil), true},
		"dolores with a func":          {withFunc, true},
		"pig with a func":              {owl, true},
		"filch before these":           {filch.Guard(withFunc, nil), true},
		"neither prompt nor a pointer": {struct{ thestral.Thestral }{slow}, false},
	}
}

func TestPrompted(t *testing.T) {
	for name, c := range wirings() {
		got := thestral.Prompted(c.piece)
		if c.direct && got != c.piece {
			t.Errorf("%s gets a %T before it", name, got)
		}
		if _, queued := got.(*thestral.Queue); !c.direct && !queued {
			t.Errorf("%s gets no queue", name)
		}
	}
}

// TestPiecesStayPrompt: nothing that a piece hands on to may wait, whatever was
// put there.
func TestPiecesStayPrompt(t *testing.T) {
	for name, c := range wirings() {
		d, p := new(dolores.Dolores), pig.New(nil, pig.Options{})
		d.Delegate(c.piece)
		p.On("path", c.piece)
		for _, piece := range []thestral.Prompt{d, p} {
			if thestral.Prompted(piece) != piece {
				t.Errorf("%T with %s is not prompt", piece, name)
			}
			for _, next := range piece.Next() {
				if thestral.Prompted(next) != next {
					t.Errorf("%T hands on to a %T that may wait", piece, next)
				}
			}
		}
	}
}

func TestReaches(t *testing.T) {
	d, other := new(dolores.Dolores), new(dolores.Dolores)
	p := pig.New(nil, pig.Options{})
	d.Delegate(p)
	for _, c := range []struct {
		name string
		from thestral.Thestral
		to   thestral.Prompt
		want bool
	}{
		{"itself", d, d, true},
		{"its delegate", d, p, true},
		{"its delegator", p, d, false},
		{"a stranger", other, d, false},
		{"through guards", filch.Guard(filch.Guard(d, nil), nil), p, true},
		{"through a queue", thestral.NewQueue(d, 1), d, false},
		{"a func", slow, d, false},
	} {
		if got := thestral.Reaches(c.from, c.to); got != c.want {
			t.Errorf("%s: Reaches is %v", c.name, got)
		}
	}
}

// TestCirclesAreRefused, and change nothing; a way through a queue is none.
func TestCirclesAreRefused(t *testing.T) {
	t.Run("Dolores, Filch, Dolores", func(t *testing.T) {
		d := new(dolores.Dolores)
		wantPanic(t, func() { d.Delegate(d) })
		wantPanic(t, func() { d.Delegate(filch.Guard(d, nil)) })
		if len(d.Next()) != 0 {
			t.Error("she has delegates now")
		}
		d.Delegate(thestral.NewQueue(filch.Guard(d, nil), 1))
	})
	t.Run("Pig, Pig", func(t *testing.T) {
		p := pig.New(nil, pig.Options{})
		wantPanic(t, func() { p.On("a", p) })
		wantPanic(t, func() { p.On("a/*", filch.Guard(p, nil)) })
		if diff := cmp.Diff(pig.Stats{}, p.Stats()); diff != "" {
			t.Error(diff)
		}
		p.On("a", thestral.NewQueue(p, 1))
	})
	t.Run("two Pigs", func(t *testing.T) {
		one, two := pig.New(nil, pig.Options{}), pig.New(nil, pig.Options{})
		off := one.On("a", two)
		wantPanic(t, func() { two.On("b", one) })
		off()
		two.On("b", one)
		wantPanic(t, func() { one.On("a", two) })
	})
	t.Run("Pig, Dolores, Pig", func(t *testing.T) {
		d := new(dolores.Dolores)
		p := pig.New(d, pig.Options{})
		p.On("a", d)
		wantPanic(t, func() { d.Delegate(p) })
	})
	t.Run("by id", func(t *testing.T) {
		d := new(dolores.Dolores)
		p := pig.New(d, pig.Options{})
		d.Delegate(p)
		for _, circle := range []thestral.Thestral{p, d, filch.Guard(d, nil)} {
			id := d.Register(circle)
			checkError(t, p.Connect(id, "a"), "would hand updates back")
			checkError(t, p.Match(id, "a/*"), "would hand updates back")
		}
		if diff := cmp.Diff(pig.Stats{}, p.Stats()); diff != "" {
			t.Error(diff)
		}
	})
}
