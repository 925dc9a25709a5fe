package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/internal/websocket"
)

// TestSlowClient: one that takes nothing is ended after the write timeout, and one that
// lets too much lie at once; others hear everything meanwhile.
func TestSlowClient(t *testing.T) {
	onPipes(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
		slow, other := s.enter(), s.enter()
		slow.subscribe(`{"a":1}`, `1`)
		other.subscribe(`{"a":1}`, `1`)
		start := time.Now()
		s.publish(`[{"a":1}]`, `1`)
		other.wants(published(`1`, `1`))
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		time.Sleep(gateway.WriteTimeout - time.Nanosecond)
		if n := s.gateway.Status().OpenConnections; n != 2 {
			t.Errorf("%d clients are there", n)
		}
		time.Sleep(2 * time.Nanosecond)
		synctest.Wait()
		if n := s.gateway.Status().OpenConnections; n != 1 {
			t.Errorf("%d clients are there", n)
		}
		other.does("ping", "pong")
	})
}

// TestQueueIsBounded, by number and by size: at the bound all comes, and beyond it the
// client is told that it is over.
func TestQueueIsBounded(t *testing.T) {
	big := `"` + strings.Repeat("x", gateway.MaxQueuedBytes/16-2) + `"`
	for name, c := range map[string]struct {
		data  string
		count int
	}{"number": {`1`, gateway.MaxQueued}, "bytes": {big, 16}} {
		for more := range 3 {
			t.Run(fmt.Sprint(name, "+", more), func(t *testing.T) {
				onPipes(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
					p := s.enter()
					p.subscribe(`{"a":1}`, `1`)
					s.publish(`[{"a":1}]`, `"fills the pipe"`)
					synctest.Wait()
					for range c.count + more {
						s.publish(`[{"a":1}]`, c.data)
					}
					synctest.Wait()
					p.wants(published(`"fills the pipe"`, `1`))
					if more > 0 {
						p.wantsClose(websocket.PolicyViolation)
						s.wantStatus(gateway.Status{Received: 1, Sent: 1, Errors: uint64(c.count + 1)})
						return
					}
					for range c.count {
						p.wants(published(c.data, `1`))
					}
					s.wantStatus(gateway.Status{OpenConnections: 1, Rooms: 1, Received: 1, Sent: uint64(c.count + 1)})
				})
			})
		}
	}
}

// TestStalledClient: the kernel's buffers are full, and the client is ended for it.
func TestStalledClient(t *testing.T) {
	onTCP(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
		stalled, other := s.enter(), s.enter()
		stalled.subscribe(`{"a":1}`, `1`)
		other.subscribe(`{"a":1}`, `1`)
		data := `"` + strings.Repeat("x", 500_000) + `"`
		for range 200 {
			s.publish(`[{"a":1}]`, data)
			other.wants(published(data, `1`))
		}
		testenv.Eventually(t, "the stalled client is ended", func() bool { return s.gateway.Status().OpenConnections == 1 })
		other.does("ping", "pong")
		got := s.gateway.Status()
		if got.Sent+got.Errors != 400 && got.Queued != 0 || got.Errors == 0 {
			t.Errorf("the status is %v", got)
		}
	})
}

// TestLaggingClient: who takes nothing for a while, and then all, misses nothing, also
// if that is more than may be under way to a client.
func TestLaggingClient(t *testing.T) {
	onTCP(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
		p := s.enter()
		p.subscribe(`{"a":1}`, `1`)
		data := `"` + strings.Repeat("x", 500_000) + `"`
		for range 12 {
			s.publish(`[{"a":1}]`, data)
		}
		for range 12 {
			p.wants(published(data, `1`))
		}
		s.wantStatus(gateway.Status{OpenConnections: 1, Rooms: 1, Received: 1, Sent: 12})
	})
}
