package browser_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/internal/chromium"
)

// A tab is a page of the one user of a browser.
type tab struct {
	context.Context
	close context.CancelFunc
}

// openTabs opens tabs that share what a browser shares, and listen to path "a".
func (s *site) openTabs(t *testing.T, browser context.Context, count int, options string) []tab {
	t.Helper()
	tabs := make([]tab, count)
	for i := range tabs {
		ctx, end := chromedp.NewContext(browser)
		t.Cleanup(end)
		if err := chromedp.Do(ctx); err != nil {
			t.Fatal(err)
		}
		tabs[i] = tab{ctx, end}
		chromium.Do(t, ctx, chromedp.Navigate(s.address))
		chromium.Eval[bool](t, ctx, `(() => {
			window.opened = 0;
			window.WebSocket = class extends WebSocket {
				constructor(where) {
					super(where);
					opened++;
				}
			};
			return true;
		})()`)
		listenIn(t, ctx, options)
	}
	return tabs
}

// leads says that a tab has a connection of its own.
func (tab tab) leads(t *testing.T) bool { return chromium.Eval[int](t, tab, `opened`) > 0 }

func (tab tab) turn(t *testing.T, state page.SetWebLifecycleStateState) {
	t.Helper()
	chromium.Do(t, tab, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
		return chromedp.Void{}, err
	})
}

func (s *site) wantSessions(t *testing.T, want int) {
	t.Helper()
	if got := s.firenze.Stats().Sessions; got != want {
		t.Errorf("there are %d sessions instead of %d", got, want)
	}
}

func wantNothingLost(t *testing.T, tab tab) {
	t.Helper()
	if told := chromium.Eval[[]string](t, tab, `told`); !slices.Equal(told, []string{"ready"}) {
		t.Errorf("the page was told %q", told)
	}
}

// TestTabs: twelve tabs have one session. The leading one is closed again and
// again while messages flow, and no other notices.
func TestTabs(t *testing.T) {
	browser := chromium.Start(t)
	s := newSite(t, direct)
	tabs := s.openTabs(t, browser, 12, `{}`)
	s.wantSessions(t, 1)

	stop, published := make(chan struct{}), make(chan int)
	go func() {
		count := 0
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-tick.C:
				count++
				s.publish(count, 1)
			case <-stop:
				tick.Stop()
				published <- count
				return
			}
		}
	}()
	for len(tabs) > 2 {
		if !tabs[0].leads(t) {
			t.Fatalf("of %d tabs the first does not lead", len(tabs))
		}
		tabs[0].close()
		tabs = tabs[1:]
		chromium.WaitFor(t, tabs[0], `opened === 1`)
		chromium.WaitFor(t, tabs[1], fmt.Sprintf(`heard.length > %d`, chromium.Eval[int](t, tabs[0], `heard.length`)+50))
	}
	close(stop)
	count := <-published
	for _, tab := range tabs {
		wantHeard(t, tab, count)
		wantNothingLost(t, tab)
	}
	s.wantSessions(t, 1)
}

// TestFrozenTabs: one that leads is replaced, one that does not is not missed,
// and both have everything when they wake up.
func TestFrozenTabs(t *testing.T) {
	browser := chromium.Start(t)
	s := newSite(t, direct)
	tabs := s.openTabs(t, browser, 3, `{}`)
	s.publish(1, 20)
	for _, tab := range tabs {
		chromium.WaitFor(t, tab, `heard.length === 20`)
	}
	tabs[0].turn(t, page.SetWebLifecycleStateStateFrozen)
	tabs[2].turn(t, page.SetWebLifecycleStateStateFrozen)
	s.publish(21, 20)
	wantHeard(t, tabs[1], 40)
	s.publish(41, 20)
	tabs[0].turn(t, page.SetWebLifecycleStateStateActive)
	tabs[2].turn(t, page.SetWebLifecycleStateStateActive)
	s.publish(61, 20)
	for _, tab := range tabs {
		wantHeard(t, tab, 80)
		wantNothingLost(t, tab)
	}
	tabs[1].close()
	s.publish(81, 20)
	for _, tab := range []tab{tabs[0], tabs[2]} {
		wantHeard(t, tab, 100)
		wantNothingLost(t, tab)
	}
	s.wantSessions(t, 1)
}

// TestUpdatesOfTabs: what all say goes through the one session, once and in order.
func TestUpdatesOfTabs(t *testing.T) {
	browser := chromium.Start(t)
	s := newSite(t, direct)
	tabs := s.openTabs(t, browser, 3, `{}`)
	for i, tab := range tabs {
		chromium.Eval[bool](t, tab, fmt.Sprintf(`Promise.all([1, 2, 3, 4, 5].map((n) => pomona.update("up/%d", String(n)))).then(() => true)`, i))
	}
	for i := range tabs {
		if got := s.incoming.Messages(fmt.Sprint("up/", i)); !slices.Equal(got, []string{"1", "2", "3", "4", "5"}) {
			t.Errorf("tab %d said %q", i, got)
		}
	}
	s.wantSessions(t, 1)
}
