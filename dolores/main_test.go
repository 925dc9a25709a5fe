package dolores_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // warnings and panics are a part of the tests
	os.Exit(m.Run())
}

func TestRules(t *testing.T) {
	thestraltest.Run(t, thestraltest.Suite{New: func(receivers ...thestral.Thestral) thestral.Thestral {
		d := new(dolores.Dolores)
		for _, r := range receivers {
			d.Delegate(r)
		}
		return d
	}})
}

func wantUpdates(t *testing.T, r *thestraltest.Recorder, want ...thestral.Update) {
	t.Helper()
	if diff := cmp.Diff(want, r.Updates()); diff != "" {
		t.Errorf("updates (-want +got):\n%s", diff)
	}
}

func wantStats(t *testing.T, d *dolores.Dolores, want dolores.Stats) {
	t.Helper()
	if diff := cmp.Diff(want, d.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
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
