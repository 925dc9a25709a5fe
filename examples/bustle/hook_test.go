//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/bustle/spool"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestHook(t *testing.T) {
	inTown(t, []string{"ann"}, func(p *place) {
		p.run()
		p.want()
		hook := p.town.Hook()
		hook.Update(nil, "spool/web", "HI FROM THE WEB")
		hook.Update(nil, "spool/web", `{"text":"psst","anon":true}`)
		hook.Update(nil, "spool/web", "two\nlines")
		hook.Update(nil, "spool/web", "")
		hook.Update(nil, "place/library", "somebody opens a book")
		p.want("~web shouts, 'HI FROM THE WEB'", "someone shouts, 'psst'", `~web shouts, 'two\x0alines'`, "something is stirring in library")
		for _, path := range []string{"home/ann", "public_html/ann", "bustle", "spool/", "spool/a/b", "spool/a b", "place/", "place/BBJ", "place/a/b", "spool", "::register", "::connect", "x"} {
			hook.Update(nil, path, "id->bustle")
		}
		p.want()
		hook.Update(nil, "spool/web", strings.Repeat("x", spool.MaxLine-1))
		hook.Update(nil, "spool/web", strings.Repeat("x", spool.MaxLine))
		most := strings.Repeat("x", spool.MaxLine-1)
		p.want("~web shouts, '"+most+"'", "~web shouts, '"+most+"…'")
		if audit := contents(p, p.o.Audit); !strings.Contains(audit, `place/library; {"kind":"noise","who":"library","file":"hook","text":"somebody opens a book"}`) {
			p.Errorf("the audit log does not say what was posted:\n%s", audit)
		}
	})
}

// TestHookIsBounded: of more than can wait, the newest are dropped and counted.
func TestHookIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		p.o.Poll, p.o.Feed = true, p
		var err error
		p.town, err = New(p.o)
		ok(t, err)
		hook := p.town.Hook() // of a town that does not run yet, and takes nothing
		hook.Update(nil, "spool/web", "first")
		synctest.Wait()
		for i := range thestral.QueueLimit + 5 {
			hook.Update(nil, "spool/web", fmt.Sprint(i))
		}
		same(t, "what was dropped", uint64(5), p.town.Stats().Posted)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.town.Run(ctx) }()
		time.Sleep(time.Minute)
		stop()
		ok(t, <-ended)
		if heard := p.heard(); len(heard) != thestral.QueueLimit+1 {
			t.Errorf("%d posts were told", len(heard))
		}
	})
}

// TestHookAfterTheEnd: who posts then is not held up.
func TestHookAfterTheEnd(t *testing.T) {
	inTown(t, nil, func(p *place) {
		p.run()
		p.want()
		p.stop()
		for i := range 10 {
			p.town.Hook().Update(nil, "spool/web", fmt.Sprint(i))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		p.want()
	})
}

// TestPiecesKeepTheRules of a Thestral: those that stand alone.
func TestPiecesKeepTheRules(t *testing.T) {
	for name, piece := range map[string]func() thestral.Thestral{
		"ledger": func() thestral.Thestral { return &ledger{} },
		"audit":  func() thestral.Thestral { return newAudit("/nowhere", 1) },
		"teller": func() thestral.Thestral { return teller{&ledger{}} },
	} {
		t.Run(name, func(t *testing.T) {
			thestraltest.Run(t, thestraltest.Suite{Leaf: true, New: func(...thestral.Thestral) thestral.Thestral { return piece() }})
		})
	}
}
