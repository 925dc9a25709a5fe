package faults

import (
	"testing"

	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"

	"github.com/google/go-cmp/cmp"
)

// TestLedger gives it updates of two sessions, of which some are wrong.
func TestLedger(t *testing.T) {
	for _, test := range []struct {
		name     string
		path     string
		messages []string
		ok       bool
		taken    uint64 // of session a
	}{
		{"in order", sent, []string{"a 1", "b 1", "a 2", "b 2"}, true, 2},
		{"twice", sent, []string{"a 1", "a 1", "a 2"}, false, 2},
		{"gap", sent, []string{"a 1", "a 3"}, false, 1},
		{"out of order", sent, []string{"a 2", "a 1"}, false, 1},
		{"garbled", sent, []string{"a"}, false, 0},
		{"other path", "faults/other", []string{"a 1"}, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var l Ledger
			var a, b thestraltest.Recorder
			for _, message := range test.messages {
				sender := &a
				if message[0] == 'b' {
					sender = &b
				}
				l.Update(sender, test.path, message)
			}
			number, err := l.takenOf("a")
			if number != test.taken || (err == nil) != test.ok {
				t.Errorf("%d were taken (%v), want %d, all right: %v", number, err, test.taken, test.ok)
			}
			var answers []thestral.Update
			for n := range test.taken {
				answers = append(answers, thestral.Update{Path: taken, Message: text(taken, n+1)})
			}
			if diff := cmp.Diff(answers, a.Updates()); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}
