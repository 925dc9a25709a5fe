package thestraltest

import (
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/thestral"
)

func TestMain(m *testing.M) {
	slog.SetLogLoggerLevel(slog.LevelError + 1) // the panics are a part of the tests
	os.Exit(m.Run())
}

// fan is a piece as it should be, and the base of the broken ones.
type fan struct{ receivers []thestral.Prompt }

func newFan(receivers ...thestral.Thestral) fan {
	var f fan
	for _, r := range receivers {
		f.receivers = append(f.receivers, thestral.Prompted(r))
	}
	return f
}

func (f fan) Update(sender thestral.Thestral, path, message string) {
	for _, r := range f.receivers {
		func() {
			defer thestral.Recover(path)
			r.Update(sender, path, message)
		}()
	}
}

func TestGoodPieces(t *testing.T) {
	t.Run("fan", func(t *testing.T) {
		Run(t, Suite{New: func(r ...thestral.Thestral) thestral.Thestral { return newFan(r...) }})
	})
	t.Run("queue", func(t *testing.T) {
		Run(t, Suite{New: func(r ...thestral.Thestral) thestral.Thestral { return thestral.NewQueue(newFan(r...), 1000) }})
	})
	t.Run("leaf", func(t *testing.T) {
		Run(t, Suite{Leaf: true, New: func(...thestral.Thestral) thestral.Thestral { return new(Recorder) }})
	})
}

// raw calls its receivers as they are, without any defence.
type raw []thestral.Thestral

func (r raw) Update(sender thestral.Thestral, path, message string) {
	for _, one := range r {
		one.Update(sender, path, message)
	}
}

type locked struct {
	mu sync.Mutex
	fan
}

func (l *locked) Update(sender thestral.Thestral, path, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fan.Update(sender, path, message)
}

// between is a fan with something done to the update on its way.
func between(do func(f fan, sender thestral.Thestral, path, message string)) func(...thestral.Thestral) thestral.Thestral {
	return func(r ...thestral.Thestral) thestral.Thestral {
		f := newFan(r...)
		return direct(func(sender thestral.Thestral, path, message string) { do(f, sender, path, message) })
	}
}

// TestBrokenPieces shows that each rule can fail, and that the failure quotes it.
func TestBrokenPieces(t *testing.T) {
	for _, c := range []struct {
		breaks string // the rule that must catch it; others may as well
		new    func(...thestral.Thestral) thestral.Thestral
	}{
		{"does not wait", func(r ...thestral.Thestral) thestral.Thestral { return raw(r) }},
		{"stuck", func(r ...thestral.Thestral) thestral.Thestral { return raw(r) }},
		{"panic", func(r ...thestral.Thestral) thestral.Thestral { return raw(r) }},
		{"re-entrance", func(r ...thestral.Thestral) thestral.Thestral { return &locked{fan: newFan(r...)} }},
		{"order", between(func(f fan, sender thestral.Thestral, path, message string) {
			delay := time.Duration(len(message)%2) * time.Millisecond
			time.AfterFunc(delay, func() { f.Update(sender, path, message) })
		})},
		{"many goroutines", between(func(f fan, sender thestral.Thestral, path, message string) {
			if !strings.HasSuffix(message, "7") {
				f.Update(sender, path, message)
			}
		})},
		{"sender", between(func(f fan, _ thestral.Thestral, path, message string) { f.Update(f, path, message) })},
		{"sender", between(func(f fan, _ thestral.Thestral, path, message string) { f.Update(nil, path, message) })},
	} {
		t.Run(c.breaks, func(t *testing.T) {
			for _, r := range rules {
				if r.name != c.breaks {
					continue
				}
				if err := r.try(t, Suite{New: c.new}); err == nil {
					t.Errorf("the rule %q did not catch the piece that breaks it", r.name)
				}
			}
		})
	}
}
