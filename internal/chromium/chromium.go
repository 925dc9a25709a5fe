// Package chromium runs tests in a real browser, without a screen.
//
//	browser := chromium.Start(t)
//	window := chromium.Open(t, browser, url)
//	chromium.Type(t, window, "input", "milk\r")
//	chromium.WaitFor(t, window, `document.body.innerText.includes("milk")`)
//
// Start finds Chromium and skips the test where there is none, but fails it
// when the environment says CI=true. Each window has cookies of its own, as if
// it were another person's. Windows are contexts of chromedp, so whatever that
// package can do can be done with them.
//
// Nothing here sleeps for a fixed time: [WaitFor] looks again and again until
// what is waited for is so, with a deadline that is far beyond what is normal.
// All that was started ends with the test.
package chromium

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/internal/testenv"
)

// Patience is how long anything is waited for at most.
const Patience = 60 * time.Second

// interval is how often it looks.
const interval = 20 * time.Millisecond

// flags keep the browser from doing anything of its own on the network.
var flags = []chromedp.ExecAllocatorOption{
	chromedp.Headless,
	chromedp.NoSandbox, // it needs rights that containers don't give, and the pages are the tests' own
	chromedp.DisableGPU,
	chromedp.NoFirstRun,
	chromedp.Flag("disable-quic", true),
	chromedp.Flag("disable-background-networking", true),
	chromedp.Flag("disable-component-update", true),
	chromedp.Flag("disable-sync", true),
}

// Start starts a browser with an empty profile, which ends with the test.
func Start(t testing.TB) (browser context.Context) {
	t.Helper()
	path := testenv.Need(t, "chromium", "chromium")
	allocator, release := chromedp.NewExecAllocator(context.Background(), append(flags, chromedp.ExecPath(path))...)
	t.Cleanup(release)
	browser, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	begin(t, browser)
	return browser
}

// Open opens url in a new window that shares no cookies with others.
func Open(t testing.TB, browser context.Context, url string) (window context.Context) {
	t.Helper()
	window, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	begin(t, window)
	Do(t, window, chromedp.Navigate(url))
	return window
}

// Type presses keys while the element that the CSS selector finds has the
// focus; "\r" is Enter.
func Type(t testing.TB, window context.Context, selector, keys string) {
	t.Helper()
	Do(t, window, chromedp.SendKeys(chromedp.CSS(selector), keys))
}

// Eval returns the value of a JavaScript expression, after waiting for it if it
// is a promise.
func Eval[T any](t testing.TB, window context.Context, expression string) T {
	t.Helper()
	value, err := eval[T](window, expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// WaitFor waits until a JavaScript expression is true. One that throws is not
// true yet, for the page may just be changing. When it takes longer than
// [Patience] the test fails, with what the page shows.
func WaitFor(t testing.TB, window context.Context, expression string) {
	t.Helper()
	var err error
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(interval) {
		var is bool
		if is, err = eval[bool](window, "Boolean("+expression+")"); is {
			return
		}
	}
	shown, _ := eval[string](window, "document.body.innerText")
	t.Fatalf("never came true: %s\nThe last error: %v\nThe page shows:\n%s", expression, err, shown)
}

func eval[T any](window context.Context, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(window, Patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Do runs actions of chromedp, and fails the test if one fails or if they take
// longer than [Patience].
func Do(t testing.TB, window context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(window, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// begin starts a browser, or opens a window in it. Either lives as long as the
// context that it began with, which so can have no deadline.
func begin(t testing.TB, ctx context.Context) {
	t.Helper()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
}
