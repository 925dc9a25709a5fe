package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/internal/testenv"
)

// startServer serves until the test ends. A line of a job takes pace seconds.
func startServer(t *testing.T, pace string) (a *app, url string) {
	t.Helper()
	testenv.Need(t, "python3", "python3")
	a, err := newApp(t.TempDir())
	ok(t, err)
	t.Cleanup(a.close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- a.serve(ctx, listener, connector, pace) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return a, "http://" + listener.Addr().String() + "/"
}

// signIn opens a window of somebody, and waits until it is live.
func signIn(t *testing.T, browser context.Context, url, who string) (window context.Context) {
	t.Helper()
	window = chromium.Open(t, browser, url)
	chromium.Type(t, window, "[name=name]", who+"\r")
	chromium.WaitFor(t, window, `document.querySelector("#status").textContent === "Live" && !document.querySelector("[aria-busy]")`)
	return window
}

// rows is how many rows a list has, in JavaScript.
func rows(list string) string {
	return fmt.Sprintf(`document.querySelectorAll("#%s > li").length`, list)
}

// TestTwoPeople: each sees their own job advance and end, in all of their windows,
// and nothing of the other's.
func TestTwoPeople(t *testing.T) {
	browser := chromium.Start(t)
	_, url := startServer(t, "0.25") // so that a slow browser sees some of the bar, too
	ann, eve := signIn(t, browser, url, "ann"), signIn(t, browser, url, "eve")
	annToo := signIn(t, browser, url, "ann")
	chromium.Eval[bool](t, ann, `{
		window.seen = new Set();
		new MutationObserver(() => document.querySelectorAll("progress").forEach((bar) => seen.add(bar.value)))
			.observe(document.body, { subtree: true, attributes: true, childList: true });
		true;
	}`)
	chromium.Type(t, ann, "#start", "\r")
	for _, window := range []context.Context{ann, annToo} {
		chromium.WaitFor(t, window, `document.querySelector(".state").textContent === "done, 100 %"`)
		chromium.WaitFor(t, window, `document.querySelector("#own .name").textContent.startsWith("picture-")`)
	}
	if n := chromium.Eval[int](t, ann, "seen.size"); n < 3 {
		t.Errorf("the bar was seen at %d places", n)
	}
	chromium.WaitFor(t, annToo, `document.querySelector("#own pre").textContent.includes("@@@")`)

	chromium.Type(t, eve, "#start", "\r")
	chromium.WaitFor(t, eve, `document.querySelector(".state").textContent === "done, 100 %"`)
	for _, window := range []context.Context{ann, eve} { // whatever came of the other's would be here by now
		if n := chromium.Eval[string](t, window, rows("jobs")+"+'/'+"+rows("own")); n != "1/1" {
			t.Errorf("jobs and files: %s", n)
		}
	}
}

// TestStrangersHearNothing: eve asks for ann's job with Pomona, and is refused.
func TestStrangersHearNothing(t *testing.T) {
	browser := chromium.Start(t)
	a, url := startServer(t, "0.05")
	ann, eve := signIn(t, browser, url, "ann"), signIn(t, browser, url, "eve")
	chromium.Type(t, ann, "#start", "\r")
	chromium.WaitFor(t, ann, rows("jobs")+" === 1")
	path := "process/ann/" + a.jobs.of("ann")[0]
	chromium.Eval[bool](t, eve, fmt.Sprintf(`import("/comet/pomona.js").then(({ Pomona }) => {
		window.heard = [];
		const pomona = new Pomona({ connectUrl: "/connect/{id}" });
		pomona.addEventListener("error", ({ paths, status }) => heard.push(paths + " refused with " + status));
		pomona.connect(%q, (message) => heard.push(message), () => heard.push("ready"));
		return true;
	})`, path))
	chromium.WaitFor(t, eve, "heard.length > 0")
	chromium.WaitFor(t, ann, `document.querySelector(".state").textContent === "done, 100 %"`)
	write(t, filepath.Join(a.files.folder, everyone, "end.txt"), "the end")
	chromium.WaitFor(t, eve, rows("everyone")+" === 1") // so whatever she would have heard before is here
	if heard := chromium.Eval[string](t, eve, "heard.join()"); heard != path+" refused with 403" {
		t.Errorf("eve heard %q", heard)
	}
}

// slowStates makes the page load states slowly.
const slowStates = `{
	const real = fetch;
	window.fetch = async (url, options) => {
		if (url.startsWith("/state")) await new Promise((loads) => setTimeout(loads, 300));
		return real(url, options);
	};
	true;
}`

// TestStop: a job that its owner stops is stopped, and says so; one too many is refused,
// and that is to be read although what is loaded beside it succeeds.
func TestStop(t *testing.T) {
	browser := chromium.Start(t)
	_, url := startServer(t, "1000")
	ann := signIn(t, browser, url, "ann")
	chromium.Eval[bool](t, ann, slowStates)
	for i := range maxOwn {
		chromium.Type(t, ann, "#start", "\r")
		chromium.WaitFor(t, ann, fmt.Sprint(rows("jobs"), " === ", i+1))
	}
	chromium.Type(t, ann, "#start", "\r")
	chromium.WaitFor(t, ann, `document.querySelector("#problem").textContent !== ""`)
	chromium.WaitFor(t, ann, `[...document.querySelectorAll("#jobs .state")].filter((state) => state.textContent === "running, 4 %").length === 3`)
	if problem := chromium.Eval[string](t, ann, `document.querySelector("#problem").textContent`); !strings.HasPrefix(problem, "3 jobs of yours are running") {
		t.Errorf("a job too many is answered %q", problem)
	}
	chromium.Type(t, ann, "#jobs > li:first-child button", "\r")
	chromium.WaitFor(t, ann, `document.querySelector(".state").textContent === "stopped, 4 %"`)
	chromium.Type(t, ann, "#start", "\r")
	chromium.WaitFor(t, ann, rows("jobs")+" === 4")
}

// TestFilesChange: files come, change, and go, in everybody's window; markup in
// names and texts is text; and a page that comes later is shown the same.
func TestFilesChange(t *testing.T) {
	browser := chromium.Start(t)
	a, url := startServer(t, "0")
	ann, eve := signIn(t, browser, url, "ann"), signIn(t, browser, url, "eve")
	both := []context.Context{ann, eve}
	shared := func(name string) string { return filepath.Join(a.files.folder, everyone, name) }
	waitFor := func(expression string) {
		t.Helper()
		for _, window := range both {
			chromium.WaitFor(t, window, expression)
		}
	}
	const text = `document.querySelector("#everyone pre").textContent`
	const markup = `<img src=x onerror="window.hacked = true">`
	write(t, shared("b.txt"), markup)
	waitFor(fmt.Sprintf("%s === %q", text, markup))
	write(t, shared(markup), "later in the order")
	waitFor(rows("everyone") + ` === 2 && document.querySelector("#everyone .name").textContent.startsWith("<img")`)
	ok(t, os.Remove(shared(markup)))
	waitFor(rows("everyone") + " === 1")
	write(t, shared(".hidden"), "hidden")
	for i := range 2000 { // a flood, of which the end counts
		write(t, shared("b.txt"), fmt.Sprint("change ", i))
	}
	waitFor(text + ` === "change 1999"`)
	both = append(both, signIn(t, browser, url, "bob"))
	waitFor(text + ` === "change 1999" && ` + rows("everyone") + " === 1 && !window.hacked")
	ok(t, os.Remove(shared("b.txt")))
	waitFor(rows("everyone") + " === 0")
}

// TestComingBack: a page that was left and is opened again shows what changed meanwhile.
func TestComingBack(t *testing.T) {
	browser := chromium.Start(t)
	a, url := startServer(t, "0")
	ann := signIn(t, browser, url, "ann")
	chromium.Do(t, ann, chromedp.Navigate("about:blank"))
	write(t, filepath.Join(a.files.folder, "ann", "new.txt"), "while away")
	chromium.Do(t, ann, chromedp.NavigateBack())
	chromium.WaitFor(t, ann, `document.querySelector("#own pre").textContent === "while away"`)
}
