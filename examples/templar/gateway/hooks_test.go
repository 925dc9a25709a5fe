package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/templar/gateway"
)

// A diary notes what hooks were called for.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

// hook notes what it is called for, with a header of the client.
func (d *diary) hook(what string, do func(context.Context) error) gateway.Hook {
	return func(ctx context.Context, v gateway.Visitor) error {
		err := do(ctx)
		d.note(what + " " + v.Header.Get("Who"))
		return err
	}
}

func (d *diary) hooks(do func(context.Context) error) gateway.Hooks {
	return gateway.Hooks{
		Connect:    []gateway.Hook{d.hook("came", do), d.hook("came too", do)},
		Ping:       []gateway.Hook{d.hook("pinged", do)},
		Disconnect: []gateway.Hook{d.hook("went", do), d.hook("went too", do)},
	}
}

// letInWith gives hooks who it is, and refuses those who are nobody.
var letInWith = answers(func(r *http.Request) (gateway.Access, error) {
	who := r.URL.Query().Get("who")
	if who == "" {
		return gateway.Access{}, errors.New("nobody")
	}
	return gateway.Access{Header: http.Header{"Who": {who}}}, nil
})

func (s *site) enterAs(who string) *peer {
	p, _ := s.ask("/ws/?who="+who, upgrade...)
	p.wants(`{"is_authorized": true, "allowed_rooms": []}`)
	return p
}

// TestHooks are called in order, each with who it is, and not for those who are refused.
// They may fail or panic.
func TestHooks(t *testing.T) {
	for name, do := range map[string]func(context.Context) error{
		"well":  func(context.Context) error { return nil },
		"fails": func(context.Context) error { return errors.New("no") },
	} {
		t.Run(name, func(t *testing.T) {
			d := new(diary)
			onPipes(t, gateway.Options{Backend: letInWith, Hooks: d.hooks(do)}, func(s *site) {
				p := s.enterAs("ann")
				synctest.Wait()
				for range 2 {
					p.does("ping", "pong")
					synctest.Wait()
				}
				s.open().Close()
				p.Close()
				synctest.Wait()
				want := []string{"came ann", "came too ann", "pinged ann", "pinged ann", "went ann", "went too ann"}
				if diff := cmp.Diff(want, d.read()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestHookThatPanics(t *testing.T) {
	d := new(diary)
	hooks := gateway.Hooks{Ping: []gateway.Hook{
		func(context.Context, gateway.Visitor) error { panic("no") },
		d.hook("pinged", func(context.Context) error { return nil }),
	}}
	onPipes(t, gateway.Options{Backend: letInWith, Hooks: hooks}, func(s *site) {
		p := s.enterAs("ann")
		p.does("ping", "pong")
		synctest.Wait()
		if diff := cmp.Diff([]string{"pinged ann"}, d.read()); diff != "" {
			t.Error(diff)
		}
		p.does("ping", "pong")
	})
}

// TestSlowHooks: they hold nobody up, their time is limited, pings that wait are one,
// and nothing overtakes.
func TestSlowHooks(t *testing.T) {
	d := new(diary)
	untilDone := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	onPipes(t, gateway.Options{Backend: letInWith, Hooks: d.hooks(untilDone)}, func(s *site) {
		start := time.Now()
		p := s.enterAs("ann")
		for range 100 {
			p.does("ping", "pong")
		}
		p.Close()
		synctest.Wait()
		if took := time.Since(start); took != 0 || len(d.read()) != 0 {
			t.Errorf("after %v: %v", took, d.read())
		}
		time.Sleep(5*gateway.HookTime + 1)
		synctest.Wait()
		if diff := cmp.Diff([]string{"came ann", "came too ann", "pinged ann", "went ann", "went too ann"}, d.read()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestHooksAreCalledAtOnce for several clients, but not for too many.
func TestHooksAreCalledAtOnce(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	slow := func(context.Context, gateway.Visitor) error {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(time.Second)
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	}
	onPipes(t, gateway.Options{Backend: letInWith, Hooks: gateway.Hooks{Connect: []gateway.Hook{slow}}}, func(s *site) {
		for range gateway.MaxErrands + 1 {
			s.enterAs("ann")
		}
		time.Sleep(time.Second + 1)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if most != gateway.MaxErrands || now != 1 {
			t.Errorf("%d were called at once, and %d go on", most, now)
		}
	})
}

// TestHooksAtTheEnd: those for clients that are sent away are waited for.
func TestHooksAtTheEnd(t *testing.T) {
	d := new(diary)
	slow := func(context.Context) error { time.Sleep(time.Second); return nil }
	onPipes(t, gateway.Options{Backend: letInWith, Hooks: gateway.Hooks{Disconnect: []gateway.Hook{d.hook("went", slow)}}}, func(s *site) {
		p := s.enterAs("ann")
		stopped := s.stopping()
		p.wantsClose(1001)
		<-stopped
		if diff := cmp.Diff([]string{"went ann"}, d.read()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestHooksAreBounded: so many clients wait for theirs, and for one more they are left
// out.
func TestHooksAreBounded(t *testing.T) {
	const limit = 3
	d := new(diary)
	slow := func(context.Context) error { time.Sleep(time.Second); return nil }
	onPipes(t, gateway.Options{Backend: letInWith, Hooks: gateway.Hooks{Connect: []gateway.Hook{d.hook("came", slow)}}}, func(s *site) {
		s.gateway.LimitErrands(limit)
		for range gateway.MaxErrands + limit + 1 {
			s.enterAs("ann")
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		if got := len(d.read()); got != gateway.MaxErrands+limit {
			t.Errorf("hooks were called for %d clients, not %d", got, gateway.MaxErrands+limit)
		}
		s.enterAs("ann")
		time.Sleep(time.Minute)
		if got := len(d.read()); got != gateway.MaxErrands+limit+1 {
			t.Errorf("later hooks were called for %d clients", got)
		}
	})
}
