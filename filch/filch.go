// Package filch is the caretaker of Roots: he stands before another Thestral
// and drops what the sender has no right to say.
//
// What a browser sends up, or a neighbour who is only half trusted, must not
// tell Pig to connect somebody, nor Dolores that somebody is gone. So a guard is
// put between:
//
//	incoming := filch.Guard(owl, nil)
//
// # Rules
//
//   - A policy sees exactly what the one behind would get: it stands at Update,
//     after all decoding, and nothing behind it trims, unescapes or joins.
//   - Without a policy of its own a guard stops every control path, by the same
//     predicate that the pieces obey control paths by. So the gate can't be
//     narrower than the engine.
//   - What is dropped is counted and logged. The sender is not told.
//   - A policy that panics has not allowed anything.
//
// A policy is trusted wholly: one that allows control paths lets them pass.
package filch

import (
	"log/slog"
	"sync/atomic"

	"github.com/rootspush/roots/thestral"
)

// A Policy says whether sender may say this. It is called from many goroutines
// at once, on that of the sender, and must not wait.
type Policy func(sender thestral.Thestral, path, message string) bool

// NoControl is the policy that lets everything pass but control paths.
func NoControl(_ thestral.Thestral, path, _ string) bool { return !thestral.IsControl(path) }

var _ thestral.Prompt = (*Filch)(nil)

// A Filch hands on what his policy allows.
type Filch struct {
	next    thestral.Thestral
	policy  Policy
	dropped atomic.Uint64
}

// Guard returns a Filch before next. A nil policy stands for [NoControl]. What
// is allowed is handed on at once, so Update is as prompt as next is.
func Guard(next thestral.Thestral, policy Policy) *Filch {
	if next == nil {
		panic("filch: there is nobody to guard")
	}
	if policy == nil {
		policy = NoControl
	}
	return &Filch{next: next, policy: policy}
}

// Update hands the update on if the policy allows it.
func (f *Filch) Update(sender thestral.Thestral, path, message string) {
	if f.Allows(sender, path, message) {
		f.next.Update(sender, path, message)
		return
	}
	f.dropped.Add(1)
	slog.Warn("filch drops an update", "path", path)
}

// Allows says what the policy says, without handing anything on.
func (f *Filch) Allows(sender thestral.Thestral, path, message string) (allowed bool) {
	defer thestral.Recover(path)
	return f.policy(sender, path, message)
}

// Next returns the one behind.
func (f *Filch) Next() []thestral.Thestral { return []thestral.Thestral{f.next} }

// Dropped returns how many updates were not allowed.
func (f *Filch) Dropped() uint64 { return f.dropped.Load() }
