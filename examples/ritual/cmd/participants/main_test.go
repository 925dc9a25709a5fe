package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/scripts"
	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/examples/ritual/widgets"
	"github.com/rootspush/roots/internal/testenv"
)

// open serves a ritual until the test ends, and returns the server's address.
func open(t *testing.T, script string, page int, secrets map[string]string) (url string) {
	t.Helper()
	s := stage.New(stage.Options{Scripts: scripts.Files, Widgets: widgets.Files, Secrets: secrets})
	t.Cleanup(s.Close)
	server := testenv.Serve(t, s, s.Drain)
	if err := s.Begin("The Night/1", script, page); err == nil {
		t.Fatal("a name with a slash is taken")
	}
	if err := s.Begin("The Night", script, page); err != nil {
		t.Fatal(err)
	}
	return "http://" + server.Addr
}

// TestCrowd: a crowd goes through a ritual of every widget, and all of them get
// every page. All of their answers are taken that come before the page is turned.
func TestCrowd(t *testing.T) {
	url := open(t, "everything", 1, nil)
	var out bytes.Buffer
	arguments := []string{"--url", url, "--ritual", "The Night", "--count", "12", "--turns", "12", "--pause", "300ms"}
	if err := run(t.Context(), append(arguments, "--for", "5s"), &out); err != nil { // in which the last answers come
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 14 || !strings.HasPrefix(lines[0], "12 participants are in after ") {
		t.Fatalf("it says:\n%s", out.String())
	}
	for i, line := range lines[1:13] {
		if !regexp.MustCompile(fmt.Sprintf(`^page %d reached half of them after .+s, all after .+s$`, i+2)).MatchString(line) {
			t.Errorf("turn %d: %q", i+1, line)
		}
	}
	var statuses, heard, answers, late, failures int
	if _, err := fmt.Sscanf(lines[13], "%d statuses, %d messages of the chat, %d answers, %d too late, %d failures", &statuses, &heard, &answers, &late, &failures); err != nil {
		t.Fatalf("%v: %s", err, lines[13])
	}
	if answers+late != 5*12 || answers == 0 || failures != 0 || statuses < 12*13 { // of the widgets five take answers
		t.Errorf("it says %s", lines[13])
	}
}

// TestCrowdWithoutLogins: it stays as long as it was told to, and may lead with a token.
func TestCrowdWithoutLogins(t *testing.T) {
	url := open(t, "short", 4, map[string]string{"LEADER_TOKEN": "secret"})
	arguments := []string{"--url", url, "--ritual", "The Night", "--count", "10", "--turns", "1", "--pause", "0", "--for", "1ms"}
	if err := run(t.Context(), append(arguments, "--token", "wrong"), io.Discard); err == nil || !strings.Contains(err.Error(), "turning to page 5: 403") {
		t.Errorf("with a wrong token: %v", err)
	}
	if err := run(t.Context(), append(arguments, "--token", "secret"), io.Discard); err != nil {
		t.Error(err)
	}
	if err := run(t.Context(), append(arguments, "--token", "secret"), io.Discard); err == nil || !strings.Contains(err.Error(), "turning to page 6: 400") {
		t.Errorf("beyond the last page: %v", err)
	}
}

// TestCrowdIsRefused: it says why nobody comes in.
func TestCrowdIsRefused(t *testing.T) {
	url := open(t, "short", 1, nil)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer other.Close()
	for text, arguments := range map[string][]string{
		"/The%20Night has no client id in its page": {"--url", other.URL, "--ritual", "The Night"},
		"--ritual NAME says":                        {"--url", url},
		"--count is at least 1":                     {"--url", url, "--ritual", "The Night", "--count", "0"},
		"404 Not Found":                             {"--url", url, "--ritual", "Other"},
		"connection refused":                        {"--url", "http://127.0.0.1:1/", "--ritual", "The Night"},
		"missing protocol scheme":                   {"--url", ":", "--ritual", "The Night"},
	} {
		if err := run(t.Context(), arguments, io.Discard); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("it says %v, not %q", err, text)
		}
	}
}

// TestInterrupted: the crowd leaves when it is told to.
func TestInterrupted(t *testing.T) {
	url := open(t, "short", 1, nil)
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error)
	go func() { ended <- run(ctx, []string{"--url", url, "--ritual", "The Night", "--count", "3"}, in) }()
	var line [64]byte
	if _, err := out.Read(line[:]); err != nil {
		t.Fatal(err)
	}
	stop()
	out.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestSubpages: what is said of the page within the page is what the widgets'
// JavaScript says.
func TestSubpages(t *testing.T) {
	for text, want := range map[string]string{
		`{"widget":"Histogram","imgs":[{"x":1},{"x":2}]}`:   "2",
		`{"widget":"BucketSinging","ready":false,"slot":2}`: "-1",
		`{"widget":"BucketSinging","ready":true,"slot":1}`:  "1",
		`{"widget":"PhotoCollage","imgs":[{}]}`:             "null",
		`{"page":"1"}`:                                      "null",
	} {
		var s status
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		if got := subpage(s); got != want {
			t.Errorf("%s: %q, it should be %q", text, got, want)
		}
	}
}

// TestFaces: each is a small picture of its own.
func TestFaces(t *testing.T) {
	seen := map[string]bool{}
	for number := range 20 {
		photo := face(number)
		config, err := jpeg.DecodeConfig(bytes.NewReader(photo))
		if err != nil || config.Width != 100 || config.Height != 100 || len(photo) > 5000 {
			t.Errorf("%d: %v, %v, %d bytes", number, config, err, len(photo))
		}
		seen[string(photo)] = true
	}
	if len(seen) != 20 {
		t.Errorf("there are %d different ones", len(seen))
	}
	names := map[string]bool{}
	for number := range 1000 {
		names[nameOf(number)] = true
	}
	if len(names) != 1000 || nameOf(0) != "Ann" || nameOf(16) != "Ann 2" {
		t.Errorf("%d names, %q and %q", len(names), nameOf(0), nameOf(16))
	}
}

// TestPageThatDoesNotArrive: it is said how many it reached, after some patience.
func TestPageThatDoesNotArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(nil, 3, 0)
		c.tally.arrive("4")
		c.tally.arrive("4")
		begin := time.Now()
		if c.reached(t.Context(), "4") || time.Since(begin) < patience {
			t.Errorf("it gives up after %v", time.Since(begin))
		}
		if _, err := c.together(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "not all of 3 came to the same page") {
			t.Errorf("it says %v", err)
		}
		go func() {
			time.Sleep(time.Second)
			c.tally.arrive("4")
		}()
		begin = time.Now()
		if page, err := c.together(t.Context()); page != 4 || err != nil || time.Since(begin) > 2*time.Second {
			t.Errorf("page %d, %v, after %v", page, err, time.Since(begin))
		}
	})
}

// TestFailuresAreTold: with the last of them, and tried again in a while.
func TestFailuresAreTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var statuses []string
	var times []time.Time
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/partake"):
			io.WriteString(w, `{"Client":"0123456789012345678901234567890123456789012"}`)
		case strings.HasSuffix(r.URL.Path, "/status"):
			statuses, times = append(statuses, r.URL.RawQuery), append(times, time.Now())
			if len(statuses) == 3 { // so two failures have been noted
				stop()
				<-r.Context().Done()
				return
			}
			http.Error(w, "a fault", http.StatusInternalServerError)
		case strings.HasSuffix(r.URL.Path, "/chat/receive"):
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	var out bytes.Buffer
	if err := run(ctx, []string{"--url", server.URL, "--ritual", "x", "--count", "1"}, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "2 failures, the last: 500 Internal Server Error: a fault") {
		t.Errorf("it says %s", out.String())
	}
	const asked = "clientId=0123456789012345678901234567890123456789012&have=0&seen=0&subhave=null"
	if diff := cmp.Diff([]string{asked, asked, asked}, statuses); diff != "" {
		t.Fatalf("it asks (-want +got):\n%s", diff)
	}
	for i := range 2 {
		if waited := times[i+1].Sub(times[i]); waited < retry {
			t.Errorf("it tries again after %v", waited)
		}
	}
}
