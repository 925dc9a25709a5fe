package filch_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/filch"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // warnings and panics are a part of the tests
	os.Exit(m.Run())
}

// TestRules: a guard hands on to one alone, so Dolores stands behind him and
// hands on to all.
func TestRules(t *testing.T) {
	thestraltest.Run(t, thestraltest.Suite{New: func(receivers ...thestral.Thestral) thestral.Thestral {
		d := new(dolores.Dolores)
		for _, r := range receivers {
			d.Delegate(r)
		}
		return filch.Guard(d, nil)
	}})
}

func TestDefaultPolicy(t *testing.T) {
	for path, passes := range map[string]bool{
		thestral.Connect:      false,
		thestral.Disconnect:   false,
		thestral.Match:        false,
		thestral.Unmatch:      false,
		thestral.Register:     false,
		thestral.Gone:         false,
		thestral.Disconnected: false,
		"::":                  false,
		"::unknown":           false,
		"::CONNECT":           false,
		"::connect ":          false,
		"::connect/":          false,
		"::connect\x00":       false,
		":::":                 false,
		"::/a":                false,

		"a":              true,
		"":               true,
		":":              true,
		":x":             true,
		":connect":       true,
		"connect":        true,
		" ::connect":     true,
		"\t::connect":    true,
		"\ufeff::gone":   true,
		": :connect":     true,
		"/::connect":     true,
		"a::connect":     true,
		"%3A%3Aconnect":  true,
		"\\u003a:gone":   true,
		"：：connect":      true,
		"my/data":        true,
		"::\xff"[1:]:     true,
		"a/../::connect": true,
	} {
		for name, policy := range map[string]filch.Policy{"nil": nil, "NoControl": filch.NoControl} {
			got, sender := new(thestraltest.Recorder), new(thestraltest.Recorder)
			f := filch.Guard(got, policy)
			f.Update(sender, path, "message")
			wantPassed(t, f, got, passes, thestral.Update{Path: path, Message: "message"})
			if passes && got.Senders()[0] != thestral.Thestral(sender) {
				t.Errorf("%s, %q: the sender is lost", name, path)
			}
			if f.Allows(sender, path, "message") != passes {
				t.Errorf("%s, %q: Allows says something else than Update does", name, path)
			}
		}
	}
}

// wantPassed wants that u was handed on, or else dropped and counted.
func wantPassed(t *testing.T, f *filch.Filch, got *thestraltest.Recorder, passes bool, u thestral.Update) {
	t.Helper()
	var want []thestral.Update
	dropped := uint64(1)
	if passes {
		want, dropped = []thestral.Update{u}, 0
	}
	if diff := cmp.Diff(want, got.Updates()); diff != "" {
		t.Errorf("%q (-want +got):\n%s", u.Path, diff)
	}
	if f.Dropped() != dropped {
		t.Errorf("%q: %d were counted as dropped instead of %d", u.Path, f.Dropped(), dropped)
	}
}

func TestAPolicyThatPanicsHasAllowedNothing(t *testing.T) {
	got := new(thestraltest.Recorder)
	f := filch.Guard(got, func(thestral.Thestral, string, string) bool { panic("no opinion") })
	f.Update(nil, "a", "")
	wantPassed(t, f, got, false, thestral.Update{Path: "a"})
}

// TestACustomPolicy sees all three arguments and is trusted wholly.
func TestACustomPolicy(t *testing.T) {
	got, admin := new(thestraltest.Recorder), new(thestraltest.Recorder)
	f := filch.Guard(got, func(sender thestral.Thestral, path, message string) bool {
		return sender == thestral.Thestral(admin) || path == "open" && !strings.Contains(message, "bad")
	})
	f.Update(nil, "open", "good")
	f.Update(nil, "open", "bad")
	f.Update(nil, "closed", "good")
	f.Update(admin, "closed", "bad")
	f.Update(admin, "::connect", "id->path")
	want := []thestral.Update{{Path: "open", Message: "good"}, {Path: "closed", Message: "bad"}, {Path: "::connect", Message: "id->path"}}
	if diff := cmp.Diff(want, got.Updates()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f.Dropped() != 2 {
		t.Errorf("%d were counted as dropped", f.Dropped())
	}
}

func TestDropsAreLogged(t *testing.T) {
	var log strings.Builder
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	f := filch.Guard(new(thestraltest.Recorder), nil)
	f.Update(nil, "a", "")
	f.Update(nil, "::gone\nforged line", "secret")
	if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), `path="::gone\nforged line"`) {
		t.Errorf("the log is\n%s", log.String())
	}
}

func TestNobodyToGuard(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("there is no panic")
		}
	}()
	filch.Guard(nil, nil)
}
