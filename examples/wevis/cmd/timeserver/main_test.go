package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
	"github.com/rootspush/roots/internal/chromium"
)

// TestMain keeps the log out of the output.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	m.Run()
}

// startServer starts the program at free ports, and stops it when the test ends.
func startServer(t *testing.T) (clients, browsers string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-listen", "127.0.0.1:0", "-web", "127.0.0.1:0"}, in) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewReader(out)
	var said [3]string
	for i := range said {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		said[i] = line
	}
	where := regexp.MustCompile(`^The time is told at (\S+)\nand at (http://\S+)\nto user michael with password mypassword.\n$`).
		FindStringSubmatch(strings.Join(said[:], ""))
	if where == nil {
		t.Fatalf("it says %q", said)
	}
	return where[1], where[2]
}

// TestPage: a page logs in, asks for the time, and shows it.
func TestPage(t *testing.T) {
	browser := chromium.Start(t)
	_, url := startServer(t)
	window := chromium.Open(t, browser, url)
	chromium.Type(t, window, "[name=password]", "wrong\r")
	chromium.WaitFor(t, window, `document.querySelector("#problem").textContent === "You can't enter (403)."`)
	chromium.Eval[string](t, window, `document.querySelector("[name=password]").value = ""`)
	chromium.Type(t, window, "[name=password]", clock.Password+"\r")
	chromium.WaitFor(t, window, `!document.querySelector("#ask").hidden && document.querySelector("#problem").textContent === ""`)
	before := time.Now()
	chromium.Type(t, window, "#ask button", "\r")
	chromium.WaitFor(t, window, `/^It is \d\d:\d\d\.$/.test(document.querySelector("#answer").textContent)`)
	after := time.Now()
	shown := chromium.Eval[string](t, window, `document.querySelector("#answer").textContent`)
	if shown != before.Format("It is 15:04.") && shown != after.Format("It is 15:04.") {
		t.Errorf("the page shows %q", shown)
	}
}

// TestPageAndClient: one user has one connection, be it of a page or a program.
func TestPageAndClient(t *testing.T) {
	browser := chromium.Start(t)
	clients, url := startServer(t)
	window := chromium.Open(t, browser, url)
	client := &wevis.Client{Protocol: clock.Protocol(), Address: clients, User: clock.User, Password: clock.Password}
	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	chromium.Type(t, window, "[name=password]", clock.Password+"\r")
	chromium.WaitFor(t, window, `document.querySelector("#problem").textContent === "You can't enter (403)."`)
	client.Stop(t.Context())
	chromium.Type(t, window, "#login button", "\r")
	chromium.WaitFor(t, window, `!document.querySelector("#ask").hidden`)
	refused := &wevis.Client{Protocol: clock.Protocol(), Address: clients, User: clock.User, Password: clock.Password}
	if err := refused.Start(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "login rejected: Maximum number of connections per user reached.") {
		t.Errorf("the client is told %v", err)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, args := range [][]string{
		{"-listen", "nonsense"},
		{"-listen", "127.0.0.1:0", "-web", "nonsense"},
	} {
		if err := run(t.Context(), args, io.Discard); err == nil || !strings.Contains(err.Error(), "missing port") {
			t.Errorf("%q gives %v", args, err)
		}
	}
}
