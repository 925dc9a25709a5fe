package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/internal/testenv"
)

// A cutter makes a network fail, and work again.
type cutter struct{ cut, restore func() }

// TestCut: the network of one fails amid many changes of the other, again and
// again. In the end both show the same, and nothing is lost or doubled.
func TestCut(t *testing.T) {
	browser := chromium.Start(t)
	t.Run("connections are cut", func(t *testing.T) {
		s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
		p := newProxy(t, s.address)
		l := s.list(t, "ann", "bob")
		bob := openList(t, browser, p.listener.Addr().String(), "bob", "ann")
		testCut(t, browser, s, l, bob, cutter{p.cut, p.restore})
	})
	t.Run("the browser is offline", func(t *testing.T) {
		s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
		l := s.list(t, "ann", "bob")
		bob := openList(t, browser, s.address, "bob", "ann")
		testCut(t, browser, s, l, bob, cutter{
			cut:     func() { setOffline(t, bob, true) },
			restore: func() { setOffline(t, bob, false) },
		})
	})
}

func setOffline(t testing.TB, window context.Context, offline bool) {
	t.Helper()
	all := &network.Conditions{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}
	_, err := chromedp.Call(window, network.EmulateNetworkConditionsByRule,
		network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{all}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = chromedp.Call(window, network.OverrideNetworkState,
		network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1})
	if err != nil {
		t.Fatal(err)
	}
}

func testCut(t *testing.T, browser context.Context, s *server, l *list, bob context.Context, net cutter) {
	ann := openList(t, browser, s.address, "ann", "ann")
	for round := range 5 {
		burst(t, s, l, round, "before")
		net.cut() // while that is on its way
		burst(t, s, l, round, "during")
		waitForStatus(t, bob, "Offline, reconnecting…")
		net.restore()
		burst(t, s, l, round, "after")
		waitForRows(t, bob, rowsOf(l)...)
		waitForStatus(t, bob, "Live")
	}
	loads := chromium.Eval[int](t, bob, answered("tasks$"))
	if s.firenze.Stats().StayedAway == 0 && loads != 1 {
		t.Errorf("no session was lost, and yet the page loaded the list %d times", loads)
	}

	net.cut()
	waitForStatus(t, bob, "Offline, reconnecting…")
	chromium.Type(t, bob, "#add input", "from bob\r")
	chromium.WaitFor(t, bob, `document.querySelector("#problem").textContent.startsWith("The server did not answer")`)
	chromium.WaitFor(t, bob, `document.querySelector("#add input").value === "from bob"`)
	net.restore()
	waitForStatus(t, bob, "Live") // although nothing is pushed
	chromium.Type(t, bob, "#add input", "\r")
	chromium.WaitFor(t, ann, rows+`.at(-1) === "from bob"`)
	waitForRows(t, ann, rowsOf(l)...)
	waitForRows(t, bob, rowsOf(l)...)
}

// burst adds ten tasks, ticks half of them and deletes three others.
func burst(t testing.TB, s *server, l *list, round int, when string) {
	t.Helper()
	for i := range 10 {
		add(t, s, l, fmt.Sprint(when, "-", round, "-", i), fmt.Sprint(round, " ", when, " ", i))
	}
	for i := range 5 {
		tick(t, s, l, fmt.Sprint(when, "-", round, "-", i), fmt.Sprint(round, " ", when, " ", i, " done"))
	}
	for i := 7; i < 10; i++ {
		change(t, s, l, func() (any, error) { return l.remove(fmt.Sprint(when, "-", round, "-", i)) })
	}
}

// TestRestart: the server is stopped and started anew. All sessions are lost, the
// logins and the lists are not, and the pages recover by themselves.
func TestRestart(t *testing.T) {
	browser := chromium.Start(t)
	before := startServer(t, testenv.FreeAddress(t), new(lists), new(logins)) // which nobody takes while it is away
	l := before.list(t, "ann", "bob")
	add(t, before, l, "t1", "milk")
	add(t, before, l, "t2", "bread")
	ann := openList(t, browser, before.address, "ann", "ann")
	bob := openList(t, browser, before.address, "bob", "ann")
	waitForRows(t, bob, "milk", "bread")

	before.stop()
	for _, window := range []context.Context{ann, bob} {
		waitForStatus(t, window, "Offline, reconnecting…")
	}
	tick(t, before, l, "t1", "oat milk") // nobody hears the old server any more
	if _, err := l.remove("t2"); err != nil {
		t.Fatal(err)
	}

	after := startServer(t, before.address, before.lists, before.logins)
	for _, window := range []context.Context{ann, bob} {
		waitForStatus(t, window, "Live")
		waitForRows(t, window, "✓ oat milk")
	}
	chromium.Type(t, ann, "#add input", "cheese\r")
	waitForRows(t, bob, "✓ oat milk", "cheese")
	// A session whose answer was lost with the server stays until it is missed.
	testenv.Eventually(t, "two connections for two windows", func() bool { return after.pig.Stats().Connections == 2 })
}

// TestLoginLost: the logins were lost with the server, and the page says so.
func TestLoginLost(t *testing.T) {
	browser := chromium.Start(t)
	before := startServer(t, testenv.FreeAddress(t), new(lists), new(logins)) // which nobody takes while it is away
	ann := openList(t, browser, before.address, "ann", "ann")
	before.stop()
	startServer(t, before.address, new(lists), new(logins))
	chromium.WaitFor(t, ann, `document.querySelector("#problem").textContent.startsWith("You are logged out")`)
	waitForStatus(t, ann, "Connecting…")
}
