package pig_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // warnings and panics are a part of the tests
	os.Exit(m.Run())
}

// wired returns a Dolores and the Pig that is her delegate.
func wired(options pig.Options) (*dolores.Dolores, *pig.Pig) {
	d := new(dolores.Dolores)
	p := pig.New(d, options)
	d.Delegate(p)
	return d, p
}

// member registers a receiver that keeps what it is told.
func member(d *dolores.Dolores) (id string, got *thestraltest.Recorder) {
	got = new(thestraltest.Recorder)
	return d.Register(got), got
}

// direct is a function that is called without a queue.
type direct func(sender thestral.Thestral, path, message string)

func (d direct) Update(sender thestral.Thestral, path, message string) { d(sender, path, message) }
func (d direct) Next() []thestral.Thestral                             { return nil }

// updates makes a list of them from paths and messages in turn.
func updates(pathsAndMessages ...string) (list []thestral.Update) {
	for i := 0; i < len(pathsAndMessages); i += 2 {
		list = append(list, thestral.Update{Path: pathsAndMessages[i], Message: pathsAndMessages[i+1]})
	}
	return list
}

func wantUpdates(t *testing.T, got *thestraltest.Recorder, pathsAndMessages ...string) {
	t.Helper()
	if diff := cmp.Diff(updates(pathsAndMessages...), got.Updates()); diff != "" {
		t.Errorf("updates (-want +got):\n%s", diff)
	}
}

func wantStats(t *testing.T, p *pig.Pig, want pig.Stats) {
	t.Helper()
	if diff := cmp.Diff(want, p.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantPanic(t *testing.T, do func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("there is no panic")
		}
	}()
	do()
}
