package pig

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rootspush/roots/thestral"
)

// A counter counts the updates that one goroutine gives it.
type counter struct{ count int }

func (c *counter) Update(thestral.Thestral, string, string) { c.count++ }
func (*counter) Next() []thestral.Thestral                  { return nil }

// TestTheFirstRowComesWithoutAGap: when a second receiver makes a list need a
// row, the first one does not miss what is handed out at that moment.
func TestTheFirstRowComesWithoutAGap(t *testing.T) {
	var current atomic.Pointer[list]
	first, second := new(counter), new(sink)
	fresh := func() *list {
		l := new(list)
		l.add(&conn{to: first})
		current.Store(l)
		return l
	}
	fresh()
	var done atomic.Bool
	var reader sync.WaitGroup
	reader.Go(func() {
		for want := 1; !done.Load(); want++ {
			if current.Load().deliver(nil, "a", "", 0, false); first.count != want {
				t.Errorf("%d updates were handed out, and %d arrived", want, first.count)
				return
			}
		}
	})
	for range 50_000 {
		fresh().add(&conn{to: second})
	}
	done.Store(true)
	reader.Wait()
}
