package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/internal/testenv"
)

const (
	crowdSize = 10_000 // sessions
	offered   = 100    // batches in a second, of 1000 updates each
	rooms     = 100    // that the sessions are in
)

// TestPageUnderLoad: with 10,000 sessions and 100,000 updates offered in a second
// the page says that it samples and how much, and answers clicks within a second.
func TestPageUnderLoad(t *testing.T) {
	if testing.Short() || testenv.Race() {
		t.Skip("it takes ten thousand connections, and time")
	}
	w := openPage(t)
	w.crowd()
	ctx, cancel := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	flood.Go(func() { w.flood(ctx) })
	defer flood.Wait()
	defer cancel()

	w.until(`document.querySelector("#n-sessions").textContent === "10,001"`)
	w.until(`document.querySelector("#listed").textContent === "A sample: 200 of 10,001 sessions."`)
	w.until(`document.querySelector("#drawn").textContent.includes("Drawn are 16 of them")`)
	w.until(`/^A sample: \d\d of the \d+,\d\d\d that passed/.test(document.querySelector("#sampled").textContent)`)

	var took []time.Duration
	for range 3 {
		took = append(took,
			w.answers("#pause", `document.querySelector("#pause").textContent === "Go on"`),
			w.answers("#pause", `document.querySelector("#pause").textContent === "Pause"`),
			w.answers("#sessions button", `document.activeElement.id === "heard"`))
		w.fill("#heard", "nobody/hears/this")
		w.eval(`document.querySelector("#answer").textContent = ""`)
		took = append(took, w.answers("#ask [value=explain]", `document.querySelector("#answer").textContent.startsWith("No, not connected")`))
	}
	slices.Sort(took)
	t.Logf("clicks were answered within %v to %v; a second brought %s updates", took[0], took[len(took)-1],
		chromium.Eval[string](t, w, `document.querySelector("#n-rate").textContent`))
	if usual := took[len(took)/2]; usual > time.Second {
		t.Errorf("half of the clicks were answered after more than %v", usual)
	}
	w.check()
}

// answers clicks, and returns how long it took to see that.
func (w window) answers(selector, expression string) time.Duration {
	w.t.Helper()
	began := time.Now()
	w.eval(fmt.Sprintf(`document.querySelector(%q).scrollIntoView({ block: "center" })`, selector))
	chromium.Do(w.t, w, chromedp.Click(chromedp.CSS(selector)))
	w.until(expression)
	return time.Since(began)
}

// crowd opens sessions, half of them over Server-Sent Events and half over
// WebSockets, which stay until the test ends, each in a room.
func (w window) crowd() {
	w.t.Helper()
	const together = 20
	var opening sync.WaitGroup
	for n := range together {
		opening.Go(func() {
			var connections []string
			for i := n; i < crowdSize; i += together {
				if id := w.join(i%2 == 0); id != "" {
					connections = append(connections, fmt.Sprintf(`{"path":"::connect","message":"%s->room/%d"}`, id, i%rooms))
				}
			}
			w.post("", "["+strings.Join(connections, ",")+"]")
		})
	}
	opening.Wait()
}

const wantsEvents = "GET /comet/ HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"

// join opens a session and returns its id, or "" if that failed.
func (w window) join(events bool) string {
	conn := w.dial("firenze")
	request := handshake
	if events {
		request = wantsEvents
	}
	if _, err := io.WriteString(conn, request); err != nil {
		w.t.Error(err)
		return ""
	}
	in := bufio.NewReader(conn)
	if _, err := http.ReadResponse(in, nil); err != nil {
		w.t.Error(err)
		return ""
	}
	text, err := in.ReadString('/') // the id is what stands before the first of these, after "dolores"
	if err != nil {
		w.t.Error(err)
		return ""
	}
	return strings.TrimSuffix(text[strings.LastIndex(text, "dolores-"):], "/")
}

// flood sends batches until ctx ends, as many as are offered or as can be taken.
func (w window) flood(ctx context.Context) {
	var batch []string
	for i := range 1000 {
		batch = append(batch, fmt.Sprintf(`{"path":"tick/%d","message":"the time is %d"}`, i%10, i))
	}
	body := "[" + strings.Join(batch, ",") + "]"
	ticker := time.NewTicker(time.Second / offered)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.post("", body)
		}
	}
}
