package batch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/batch"
	"github.com/rootspush/roots/thestral"
)

// TestLimits: what is just allowed is taken, and one more is refused whole.
func TestLimits(t *testing.T) {
	a := strings.Repeat("a", thestral.MaxMessage+1)
	for _, test := range []struct {
		name  string
		limit int
		body  func(n int) string
		says  string // the error above the limit has it in it
	}{
		{"path", thestral.MaxPath, func(n int) string {
			return `[{"path":"` + a[:n] + `","message":""}]`
		}, "at most 255 are allowed"},
		{"message", thestral.MaxMessage, func(n int) string {
			return `[{"path":"p","message":"` + a[:n] + `"}]`
		}, "at most 65536 are allowed"},
		{"message that is no string", thestral.MaxMessage, func(n int) string {
			return `[{"path":"p","message":[ "` + a[:n-len(`[""]`)] + `" ]}]`
		}, "at most 65536 are allowed"},
		{"updates", batch.MaxUpdates, func(n int) string {
			return body(n)
		}, "at most 1000 are allowed"},
		{"updates written unlike most", batch.MaxUpdates, func(n int) string {
			return strings.Replace(body(n), `"path"`, `"PATH"`, 1)
		}, "at most 1000 are allowed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, fault := batch.Parse([]byte(test.body(test.limit)), false); len(got) == 0 || fault != nil {
				t.Errorf("at the limit it holds %d, refused: %+v", len(got), fault)
			}
			got, fault := batch.Parse([]byte(test.body(test.limit+1)), false)
			if got != nil || fault == nil || fault.Status != 400 || !strings.Contains(fault.Text, test.says) {
				t.Errorf("above it it holds %d, refused: %+v", len(got), fault)
			}
		})
	}
}

// TestDeep: a value nested without end costs no stack.
func TestDeep(t *testing.T) {
	got, fault := batch.Parse([]byte(strings.Repeat("[", batch.MaxBody)), false)
	if fault == nil || fault.Status != 400 || got != nil {
		t.Errorf("holds %v, refused: %+v", got, fault)
	}
}

// body makes a batch of n updates.
func body(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`{"path":"my/data/%d","message":"text number %d"}`, i%7, i)
	}
	return "[" + strings.Join(items, ",") + "]"
}
