package main

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/rootspush/roots/internal/chromium"
)

// A server is the application as it is served on a port.
type server struct {
	*app
	address string
	stop    func()
}

// startServer serves until the test ends or stop is called, which may be called twice.
func startServer(t testing.TB, address string, ls *lists, ins *logins) *server {
	t.Helper()
	listener := listen(t, address)
	a := newApp(ls, ins)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := serve(ctx, listener, a); err != nil {
			t.Error(err)
		}
	}()
	stop := func() { cancel(); <-ended }
	t.Cleanup(stop)
	return &server{a, listener.Addr().String(), stop}
}

// list returns the list of somebody who shares it with others.
func (s *server) list(t testing.TB, owner string, with ...string) *list {
	t.Helper()
	if err := s.lists.begin(owner); err != nil {
		t.Fatal(err)
	}
	l := s.lists.byName[owner]
	for _, name := range with {
		if _, err := l.share(name); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// openList logs somebody in, in a window of their own, and opens a list there.
func openList(t testing.TB, browser context.Context, address, who, list string) (window context.Context) {
	t.Helper()
	window = chromium.Open(t, browser, "http://"+address)
	chromium.Type(t, window, "[name=name]", who+"\r")
	waitForStatus(t, window, "Live")
	if list != who {
		chromium.Do(t, window, chromedp.Navigate("http://"+address+pageOf(list)))
		waitForStatus(t, window, "Live")
	}
	chromium.Eval[bool](t, window, `performance.setResourceTimingBufferSize(100_000) === undefined`) // for answered
	return window
}

func waitForStatus(t testing.TB, window context.Context, status string) {
	t.Helper()
	chromium.WaitFor(t, window, fmt.Sprintf(`document.querySelector("#status").textContent === %q`, status))
}

// rows is what the page shows, in JavaScript: the texts, those of done tasks with a tick.
const rows = `[...document.querySelectorAll("#tasks li")].map((row) => (row.children[0].checked ? "✓ " : "") + row.children[1].textContent)`

// waitForRows waits until the page shows these tasks, each once, in this order.
func waitForRows(t testing.TB, window context.Context, want ...string) {
	t.Helper()
	list, err := json.Marshal(append([]string{}, want...))
	if err != nil {
		t.Fatal(err)
	}
	chromium.WaitFor(t, window, fmt.Sprintf("JSON.stringify(%s) === JSON.stringify(%s)", rows, list))
}

// answered is how many requests of the page were answered 200, by a pattern of
// their addresses, in JavaScript.
func answered(pattern string) string {
	return fmt.Sprintf(`performance.getEntriesByType("resource").filter((r) => /%s/.test(r.name) && r.responseStatus === 200).length`, pattern)
}

// rowsOf is what a page should show of a list.
func rowsOf(l *list) (want []string) {
	for _, one := range l.all().Tasks {
		if one.Done {
			one.Text = "✓ " + one.Text
		}
		want = append(want, one.Text)
	}
	return want
}

// add, tick and change change a list as somebody else does who is a member.
func add(t testing.TB, s *server, l *list, id, text string) {
	t.Helper()
	change(t, s, l, func() (any, error) { return l.add(id, text) })
}

func tick(t testing.TB, s *server, l *list, id, text string) {
	t.Helper()
	change(t, s, l, func() (any, error) { return l.put(id, text, true) })
}

func change(t testing.TB, s *server, l *list, how func() (any, error)) {
	t.Helper()
	record, err := how()
	if _, err := s.changed(l, record, err); err != nil {
		t.Fatal(err)
	}
}

// TestTwoWindows: two people see each other's changes, made by keyboard, and
// markup in a text is text.
func TestTwoWindows(t *testing.T) {
	browser := chromium.Start(t)
	s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
	ann := openList(t, browser, s.address, "ann", "ann")
	chromium.Type(t, ann, "#name", "bob\r")
	chromium.WaitFor(t, ann, `document.querySelector("#members").textContent === "ann, bob"`)
	bob := openList(t, browser, s.address, "bob", "ann")

	const markup = `<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>`
	chromium.Type(t, ann, "#add input", "milk\r"+markup+"\r")
	waitForRows(t, bob, "milk", markup)
	chromium.Type(t, bob, "li:first-child [type=checkbox]", " ")
	waitForRows(t, ann, "✓ milk", markup)
	chromium.Type(t, bob, "li:first-child .text", kb.Home+"oat \r")
	waitForRows(t, ann, "✓ oat milk", markup)
	chromium.Type(t, ann, "li:first-child .text", kb.Home+"no "+kb.Escape)
	waitForRows(t, ann, "✓ oat milk", markup)
	chromium.Type(t, ann, "li:nth-child(2) button", "\r")
	waitForRows(t, bob, "✓ oat milk")
	waitForRows(t, ann, "✓ oat milk")
	chromium.WaitFor(t, ann, `document.activeElement.name === "text"`) // the keyboard is not left nowhere
	for name, window := range map[string]context.Context{"ann": ann, "bob": bob} {
		if chromium.Eval[bool](t, window, "Boolean(window.hacked)") {
			t.Errorf("the text ran as a script at %s's", name)
		}
		if problem := chromium.Eval[string](t, window, `document.querySelector("#problem").textContent`); problem != "" {
			t.Errorf("%s is told %q", name, problem)
		}
	}
}

// TestNobodyIsDisturbed: whoever is typing goes on, and the last to finish wins.
func TestNobodyIsDisturbed(t *testing.T) {
	browser := chromium.Start(t)
	s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
	l := s.list(t, "ann")
	add(t, s, l, "t1", "milk")
	ann := openList(t, browser, s.address, "ann", "ann")
	waitForRows(t, ann, "milk")
	chromium.Type(t, ann, "li .text", kb.Home+"oat ")
	tick(t, s, l, "t1", "soy milk")
	waitForRows(t, ann, "✓ oat milk")
	chromium.Type(t, ann, "li .text", "\r")
	chromium.WaitFor(t, ann, `document.activeElement === document.body`)
	waitForRows(t, ann, "✓ oat milk")
	add(t, s, l, "t2", "bread")
	waitForRows(t, ann, rowsOf(l)...)
}

// TestTwiceAndLate: a push that comes twice, or after a newer one, changes nothing.
func TestTwiceAndLate(t *testing.T) {
	browser := chromium.Start(t)
	s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
	l := s.list(t, "ann")
	forgotten, _ := l.add("t0", "deleted before the page came")
	_, _ = l.remove("t0")
	milk, _ := l.add("t1", "milk")
	ann := openList(t, browser, s.address, "ann", "ann")
	waitForRows(t, ann, "milk")

	soy, _ := l.put("t1", "soy milk", false)
	oat, _ := l.put("t1", "oat milk", true)
	bread, _ := l.add("t2", "bread")
	noBread, _ := l.remove("t2")
	cheese, _ := l.add("t3", "cheese")
	wine, _ := l.add("t4", "wine")
	for _, record := range []any{forgotten, oat, milk, soy, oat, noBread, bread, noBread, wine, wine, cheese} {
		s.tell(l, record)
	}
	waitForRows(t, ann, "✓ oat milk", "cheese", "wine")
}

// TestAnswerLost: a task was added, but no answer came. To add it again adds
// nothing, and so it is there once.
func TestAnswerLost(t *testing.T) {
	browser := chromium.Start(t)
	s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
	ann := openList(t, browser, s.address, "ann", "ann")
	chromium.Eval[bool](t, ann, `{
		const real = window.fetch;
		window.fetch = async (url, options) => {
			const answer = await real(url, options);
			if (options.method !== "POST") return answer;
			await answer.text();
			window.fetch = real;
			throw new TypeError("the answer is lost");
		};
		true;
	}`)
	chromium.Type(t, ann, "#add input", "milk\r")
	waitForRows(t, ann, "milk")
	chromium.WaitFor(t, ann, `document.querySelector("#add input").value === "milk"`)
	chromium.Type(t, ann, "#add input", "\r")
	chromium.WaitFor(t, ann, answered("tasks$")+` === 3`) // the first load, and two additions
	waitForRows(t, ann, "milk")
	chromium.Type(t, ann, "#add input", "milk\r") // another one is meant
	waitForRows(t, ann, "milk", "milk")
}

// TestRefusalsAreShown: the page says what the server says.
func TestRefusalsAreShown(t *testing.T) {
	browser := chromium.Start(t)
	s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
	l := s.list(t, "ann")
	for i := range maxTasks - 1 {
		add(t, s, l, fmt.Sprint("t", i), fmt.Sprint("task ", i))
	}
	ann := openList(t, browser, s.address, "ann", "ann")
	chromium.Type(t, ann, "#add input", "the last\rone too many\r")
	chromium.WaitFor(t, ann, `document.querySelector("#problem").textContent.startsWith("the list has 200 tasks")`)
	chromium.WaitFor(t, ann, `document.querySelector("#add input").value === "one too many"`)
	waitForRows(t, ann, rowsOf(l)...)
}

// listenToAnn tries to hear ann's list with Pomona, and notes what comes of it.
const listenToAnn = `import("/comet/pomona.js").then(({ Pomona }) => {
	window.heard = [];
	const pomona = new Pomona({ connectUrl: "/connect/{id}" });
	pomona.addEventListener("error", ({ paths, status }) => heard.push(paths + " refused with " + status));
	pomona.connect("todos/ann", (message) => heard.push(message), () => heard.push("ready"));
	return true;
})`

// TestStrangers: who is no member, or has logged out, hears nothing of a list.
func TestStrangers(t *testing.T) {
	browser := chromium.Start(t)
	s := startServer(t, "127.0.0.1:0", new(lists), new(logins))
	l := s.list(t, "ann", "bob")
	ann := openList(t, browser, s.address, "ann", "ann")
	eve := openList(t, browser, s.address, "eve", "eve")
	bob := openList(t, browser, s.address, "bob", "ann")
	chromium.Type(t, bob, "header button", "\r")
	chromium.WaitFor(t, bob, `document.querySelector("form").action.endsWith("/login")`)

	for _, stranger := range []struct {
		window context.Context
		want   string
	}{
		{eve, "todos/ann refused with 403"},
		{bob, "todos/ann refused with 401"},
	} {
		chromium.Eval[bool](t, stranger.window, listenToAnn)
		chromium.WaitFor(t, stranger.window, `heard.length > 0`)
		add(t, s, l, "for-"+stranger.want[:5], "secret")
		waitForRows(t, ann, rowsOf(l)...)
		add(t, s, s.list(t, "eve"), "own", "what eve may hear")
		waitForRows(t, eve, "what eve may hear") // so whatever she would have heard before is there
		if heard := chromium.Eval[string](t, stranger.window, `heard.join()`); heard != stranger.want {
			t.Errorf("heard %q, want %q", heard, stranger.want)
		}
	}
	chromium.Do(t, eve, chromedp.Navigate("http://"+s.address+"/lists/ann"))
	if shown := chromium.Eval[string](t, eve, `document.querySelector("main").innerText`); shown != "To do\n\nyou are not a member of list \"ann\"" {
		t.Errorf("eve sees %q", shown)
	}
}
