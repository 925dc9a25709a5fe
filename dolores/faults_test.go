package dolores_test

import (
	"testing"
	"testing/synctest"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// The faults of the first version that were hers.

// TestThrowingDelegateStopsNobody: a log that could not write a message stopped all later delegates.
func TestThrowingDelegateStopsNobody(t *testing.T) {
	throws := func(thestral.Thestral, string, string) { panic("this message can't be written") }
	for name, culprit := range map[string]thestral.Thestral{"called directly": direct(throws), "called from a queue": thestral.Func(throws)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := new(dolores.Dolores)
				var before, after thestraltest.Recorder
				d.Delegate(&before)
				d.Delegate(culprit)
				d.Delegate(&after)
				d.Update(nil, "path", "1")
				id := d.Register(&before)
				d.Unregister(id)
				for _, r := range []*thestraltest.Recorder{&before, &after} {
					wantUpdates(t, r, thestral.Update{Path: "path", Message: "1"},
						thestral.Update{Path: "::register", Message: id}, thestral.Update{Path: "::gone", Message: id})
				}
			})
		})
	}
}

// TestSenderIsKept: the sender was lost on the way, so nobody could be answered.
func TestSenderIsKept(t *testing.T) {
	d := new(dolores.Dolores)
	var got, sender thestraltest.Recorder
	d.Delegate(&got)
	d.Update(&sender, "path", "question")
	got.Senders()[0].Update(&got, "path", "answer")
	wantUpdates(t, &sender, thestral.Update{Path: "path", Message: "answer"})
}
