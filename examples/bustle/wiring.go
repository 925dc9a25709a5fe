package bustle

import (
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// connect puts the pieces together:
//
//	watcher ─┐              ┌─▶ audit
//	spools ──┼─▶ Dolores ───┤          ┌─ spool/* ─────────────────────▶ teller ─▶ ledger
//	hook ────┘              └─▶ Pig ───┼─ home/* public_html/* place/* ─▶ gates ──┘
//	                                   └─ bustle ─▶ feed
//
// All of them are prompt, so when an update has been given to Dolores, what comes of
// it is in the ledger. That is what lets the ledger save both at once.
func (t *Town) connect() {
	t.audit = newAudit(t.o.Audit, t.o.LogSize)
	t.ledger = &ledger{log: logfile{path: t.o.Log, mode: 0o644, limit: t.o.LogSize}, statePath: t.o.State}
	told := teller{t.ledger}
	throttle := hush.Throttle(told, t.o.Each, t.o.All, speaker, nil)
	sample := hush.Sample(throttle, t.o.Share, t.o.Seed)
	collapse := hush.Collapse(sample, t.o.Window, alike, nil)
	t.gates = []*hush.Gate{collapse, sample, throttle}

	owl := pig.New(nil, pig.Options{})
	owl.On(spoolPath+"*", told)
	for _, ambience := range []string{homePath, htmlPath, placePath} {
		owl.On(ambience+"*", collapse)
	}
	if t.o.Feed != nil {
		owl.On(Path, t.o.Feed)
	}
	t.roots = new(dolores.Dolores)
	t.roots.Delegate(t.audit)
	t.roots.Delegate(owl)
	t.hook = thestral.NewQueue(thestral.Func(t.take), thestral.QueueLimit)
}

// speaker is whose rate an event counts for.
func speaker(path, message string) string { return readEvent(path, message).Who }

// alike are events that would be told in the same words.
func alike(path, message string) string { return phrase(readEvent(path, message)) }

// Stats are numbers about a Town.
type Stats struct {
	Collapsed uint64 // ambience that was told just before
	Sampled   uint64 // ambience that chance left out
	Throttled uint64 // ambience beyond the rates
	Posted    uint64 // updates from the hook that were lost because too many came
}

// Stats returns what has been counted. It may be called from many goroutines.
func (t *Town) Stats() Stats {
	return Stats{t.gates[0].Dropped(), t.gates[1].Dropped(), t.gates[2].Dropped(), t.hook.Dropped()}
}
