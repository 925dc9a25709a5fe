package pomona_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// withModel runs test in a bubble with a client of a model. The faults are those
// of the transports that are named, all others work.
func withModel(t *testing.T, faults map[pomona.Transport]fault, options pomona.Options, test func(t *testing.T, m *model, c *pomona.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, func(kind pomona.Transport) fault { return faults[kind] })
		c, end := m.client(options)
		defer end()
		synctest.Wait()
		test(t, m, c)
	})
}

func all(f fault) func(pomona.Transport) fault { return func(pomona.Transport) fault { return f } }

// wantRequests compares the transports of all requests, written in one string.
func wantRequests(t *testing.T, m *model, want string) {
	t.Helper()
	synctest.Wait()
	if diff := cmp.Diff("["+want+"]", fmt.Sprint(m.requests())); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// rested is more than the longest first rest, and less than anything else.
const rested = 260 * time.Millisecond

func TestOnlyWhatIsNamedIsUsed(t *testing.T) {
	for _, kind := range []pomona.Transport{pomona.WebSocket, pomona.SSE, pomona.Poll} {
		t.Run(string(kind), func(t *testing.T) {
			withModel(t, nil, pomona.Options{Transports: []pomona.Transport{kind}}, func(t *testing.T, m *model, c *pomona.Client) {
				r := new(thestraltest.Recorder)
				c.On("a", r)
				time.Sleep(time.Second)
				m.setFault(all(refuses))
				m.lose() // which ends what is open
				time.Sleep(time.Minute)
				m.setFault(all(works))
				time.Sleep(time.Minute)
				m.publish("a", "1")
				time.Sleep(time.Second)
				wantMessages(t, r, "a", "", "", "1")
				for _, asked := range m.requests() {
					if asked != kind {
						t.Errorf("%s was used", asked)
					}
				}
			})
		})
	}
}

func TestTransportsAreNamedRight(t *testing.T) {
	for _, names := range [][]pomona.Transport{{}, {""}, {"sse", "carrier pigeon"}, {"Poll"}} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, "transport") {
					t.Errorf("New with %q panicked with %q, want something about transports", names, text)
				}
			}()
			pomona.New(prefix, pomona.Options{Connect: make(backEnd).asker(""), Transports: names})
		}()
	}
}

// The first answer has to come within 5 s, and signs of life are none.
func TestSilentStreamIsGivenUpAfter5Seconds(t *testing.T) {
	faults := map[pomona.Transport]fault{pomona.WebSocket: silent, pomona.SSE: silent}
	withModel(t, faults, pomona.Options{}, func(t *testing.T, m *model, _ *pomona.Client) {
		time.Sleep(5*time.Second - 1)
		wantRequests(t, m, "websocket")
		time.Sleep(rested)
		wantRequests(t, m, "websocket sse")
		time.Sleep(6 * time.Second)
		wantRequests(t, m, "websocket sse poll poll") // the first one is answered at once
	})
}

func TestDemotedTransportIsTriedAgainLessAndLessOften(t *testing.T) {
	withModel(t, map[pomona.Transport]fault{pomona.WebSocket: refuses}, pomona.Options{}, func(t *testing.T, m *model, _ *pomona.Client) {
		time.Sleep(5 * time.Hour)
		const trials = 8
		if requests := fmt.Sprint(m.requests()); !strings.HasPrefix(requests, "["+strings.Repeat("websocket sse ", trials)) {
			t.Fatalf("the requests are %s, want one kind and the other", requests)
		}
		for i := range trials - 1 {
			most := min(2*time.Minute<<i, time.Hour)
			if wait := m.times[2*i+2].Sub(m.times[2*i]); wait < most/2 || wait > most {
				t.Errorf("trial %d came after %v, want half of %v to all of it", i, wait, most)
			}
		}
	})
}

func TestTransportThatWorksAgainIsForgiven(t *testing.T) {
	faults := map[pomona.Transport]fault{pomona.WebSocket: refuses}
	withModel(t, faults, pomona.Options{}, func(t *testing.T, m *model, _ *pomona.Client) {
		time.Sleep(30 * time.Minute)
		m.setFault(all(works))
		time.Sleep(24 * time.Hour)
		before := m.requests()
		if last := before[len(before)-1]; last != pomona.WebSocket {
			t.Fatalf("%s is used, want WebSocket", last)
		}
		m.setFault(func(kind pomona.Transport) fault { return faults[kind] })
		m.lose() // which ends what is open
		time.Sleep(3 * time.Second)
		want := strings.Trim(fmt.Sprint(before), "[]") + " websocket websocket websocket sse" // it has worked, so this takes three failures
		wantRequests(t, m, want)
		time.Sleep(2 * time.Minute)
		wantRequests(t, m, want+" websocket sse")
	})
}

// A stream that ends soon is opened three times in a row, one that ends later
// always.
func TestStreamsThatEnd(t *testing.T) {
	const early, late = 10*time.Second - 1, 10 * time.Second
	for _, c := range []struct {
		after []time.Duration // again and again
		want  string
	}{
		{[]time.Duration{early}, "[websocket websocket websocket sse sse sse poll]"},
		{[]time.Duration{late}, "[websocket websocket websocket websocket websocket websocket websocket]"},
		{[]time.Duration{early, early, late}, "[websocket websocket websocket websocket websocket websocket websocket]"},
	} {
		t.Run(fmt.Sprint(c.after), func(t *testing.T) {
			faults := map[pomona.Transport]fault{pomona.WebSocket: breaks, pomona.SSE: breaks}
			withModel(t, faults, pomona.Options{}, func(t *testing.T, m *model, _ *pomona.Client) {
				m.publish("a", "")
				for streams := 1; len(m.requests()) < 7; streams++ {
					for range several - 1 {
						m.publish("a", "")
					}
					time.Sleep(time.Until(m.times[streams-1].Add(c.after[(streams-1)%len(c.after)])))
					m.publish("a", "") // is where it breaks, and the first of the next stream
					for len(m.requests()) == streams {
						time.Sleep(time.Millisecond)
						synctest.Wait()
					}
				}
				if diff := cmp.Diff(c.want, fmt.Sprint(m.requests()[:7])); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What makes room for a trial has not failed.
func TestTrialIsNoFailure(t *testing.T) {
	log := keepLog(t)
	faults := map[pomona.Transport]fault{pomona.WebSocket: refuses, pomona.SSE: refuses}
	withModel(t, faults, pomona.Options{}, func(*testing.T, *model, *pomona.Client) { time.Sleep(time.Hour) })
	if text := log.String(); !strings.Contains(text, "transport=websocket") || strings.Contains(text, "transport=poll") {
		t.Errorf("the log is %q, want the failures of WebSocket and none of the polls", text)
	}
}

// If nothing works, that is the fault of no transport.
func TestNetworkThatIsDownDemotesNothing(t *testing.T) {
	faults := map[pomona.Transport]fault{pomona.WebSocket: refuses, pomona.SSE: refuses, pomona.Poll: refuses}
	withModel(t, faults, pomona.Options{}, func(t *testing.T, m *model, _ *pomona.Client) {
		time.Sleep(time.Hour)
		n := map[pomona.Transport]int{}
		for _, kind := range m.requests() {
			n[kind]++
		}
		for kind, count := range n {
			if len(n) != 3 || count < 100 {
				t.Errorf("%s was tried %d times in an hour, want all of them often: %v", kind, count, n)
			}
		}
	})
}
