package pomona_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/thestral"
)

// road is the way of updates to a model.
type road struct {
	http.RoundTripper
	mu   sync.Mutex // guards next
	next []func(send func() (*http.Response, error)) (*http.Response, error)
}

func (r *road) RoundTrip(request *http.Request) (*http.Response, error) {
	send := func() (*http.Response, error) { return r.RoundTripper.RoundTrip(request) }
	r.mu.Lock()
	if request.Method != http.MethodPost || len(r.next) == 0 {
		r.mu.Unlock()
		return send()
	}
	event := r.next[0]
	r.next = r.next[1:]
	r.mu.Unlock()
	answer, err := event(send)
	if err == nil && answer == nil {
		<-request.Context().Done()
		err = request.Context().Err()
	}
	return answer, err
}

// What may happen to an update on its way.
type event = func(send func() (*http.Response, error)) (*http.Response, error)

func lostOnTheWay(func() (*http.Response, error)) (*http.Response, error) {
	return nil, &net.OpError{Op: "read", Err: errors.New("connection reset")}
}

func notConnected(func() (*http.Response, error)) (*http.Response, error) {
	return nil, fmt.Errorf("no: %w", &net.OpError{Op: "dial", Err: errors.New("connection refused")})
}

func answerLost(send func() (*http.Response, error)) (*http.Response, error) {
	if answer, err := send(); err == nil {
		answer.Body.Close()
	}
	return nil, errors.New("the answer was lost")
}

func answerNeverComes(send func() (*http.Response, error)) (*http.Response, error) {
	if answer, err := send(); err == nil {
		answer.Body.Close()
	}
	return nil, nil
}

func answered(status int, body string) event {
	return func(func() (*http.Response, error)) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

// over has the session ended before the update arrives.
func (m *model) over(send func() (*http.Response, error)) (*http.Response, error) {
	m.lose()
	return send()
}

// sending runs test in a bubble, with a client whose updates meet these events.
func sending(t *testing.T, test func(t *testing.T, m *model, c *pomona.Client), events ...func(m *model) event) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, all(works))
		m.road = new(road)
		for _, e := range events {
			m.road.next = append(m.road.next, e(m))
		}
		c, end := m.client(only(pomona.SSE))
		defer end()
		time.Sleep(time.Second)
		test(t, m, c)
	})
}

func wantApplied(t *testing.T, m *model, want ...string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if diff := cmp.Diff(want, m.applied); diff != "" {
		t.Errorf("the server took (-want +got):\n%s", diff)
	}
}

// TestUpdateWhateverHappens: an update is taken once, whatever happens on the
// way, and if it is not, or that is not known, the error says so.
func TestUpdateWhateverHappens(t *testing.T) {
	plain := func(e event) func(*model) event { return func(*model) event { return e } }
	// then has the session lost just after e.
	then := func(e event) func(*model) event {
		return func(m *model) event {
			return func(send func() (*http.Response, error)) (*http.Response, error) {
				answer, err := e(send)
				m.lose()
				return answer, err
			}
		}
	}
	over := func(m *model) event { return m.over }
	for _, c := range []struct {
		name   string
		events []func(*model) event
		taken  string
		err    error
	}{
		{"nothing", nil, "1", nil},
		{"lost twice", []func(*model) event{plain(lostOnTheWay), plain(lostOnTheWay)}, "1", nil},
		{"answer lost twice", []func(*model) event{plain(answerLost), plain(answerLost)}, "1", nil},
		{"answer never comes", []func(*model) event{plain(answerNeverComes)}, "1", nil},
		{"errors of proxies", []func(*model) event{plain(answered(502, "")), plain(answered(503, "")), plain(answered(301, ""))}, "1", nil},
		{"answers that are none", []func(*model) event{plain(answered(200, "<html>")), plain(answered(200, "{}")), plain(answered(204, ""))}, "1", nil},
		{"refused", []func(*model) event{plain(answered(403, `{"error":"not you"}`))}, "", pomona.ErrRefused},
		{"bad", []func(*model) event{plain(answered(400, "<html>"))}, "", pomona.ErrRefused},
		{"a number that is none", []func(*model) event{plain(answered(409, ""))}, "", pomona.ErrRefused},
		{"session over before", []func(*model) event{over}, "1", nil},
		{"session over before, twice", []func(*model) event{over, over}, "1", nil},
		{"not connected, then the session lost", []func(*model) event{then(notConnected)}, "1", nil},
		{"request and session lost", []func(*model) event{then(lostOnTheWay)}, "", pomona.ErrUnknown},
		{"answer and session lost", []func(*model) event{then(answerLost)}, "1", pomona.ErrUnknown},
		{"answer lost, then the session over", []func(*model) event{plain(answerLost), over}, "1", pomona.ErrUnknown},
		{"proxy and session lost", []func(*model) event{then(answered(502, ""))}, "", pomona.ErrUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			sending(t, func(t *testing.T, m *model, client *pomona.Client) {
				err := client.Update(t.Context(), "a", "1")
				if !errors.Is(err, c.err) {
					t.Errorf("the error is %v, want %v", err, c.err)
				}
				if err != nil && strings.Contains(err.Error(), "KEY") {
					t.Errorf("the key stands in the error %q", err)
				}
				if err := client.Update(t.Context(), "a", "2"); err != nil {
					t.Errorf("the next one has the error %v", err)
				}
				wantApplied(t, m, strings.Fields(c.taken+" 2")...)
			}, c.events...)
		})
	}
}

func TestRefusalSaysWhy(t *testing.T) {
	sending(t, func(t *testing.T, m *model, c *pomona.Client) {
		err := c.Update(t.Context(), "::connect", "ID->a")
		if !errors.Is(err, pomona.ErrRefused) || !strings.Contains(err.Error(), "a control path") || !strings.Contains(err.Error(), "403") {
			t.Errorf("the error is %v, want the refusal, its status and its text", err)
		}
		wantApplied(t, m)
	})
}

func TestUpdateRefusesWhatIsNone(t *testing.T) {
	c := pomona.New(prefix, pomona.Options{Connect: make(backEnd).asker("")})
	for _, u := range []thestral.Update{{Path: ""}, {Path: "a\n"}, {Path: "a", Message: "\xff"}, {Path: "a", Message: strings.Repeat("x", 64<<10+1)}} {
		if err := c.Update(t.Context(), u.Path, u.Message); err == nil {
			t.Errorf("%.20q was taken", u)
		}
	}
}

func within(t *testing.T, d time.Duration, c *pomona.Client, message string) error {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return c.Update(ctx, "a", message)
}

// wantEnd wants the error of a ctx that ended.
func wantEnd(t *testing.T, err error, unknown bool) {
	t.Helper()
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, pomona.ErrUnknown) != unknown {
		t.Errorf("the error is %v, want that of ctx, and unknown %t", err, unknown)
	}
}

func TestUpdateWithoutASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pomona.New(prefix, pomona.Options{Connect: make(backEnd).asker("")})
		wantEnd(t, within(t, time.Hour, c, "1"), false)
	})
}

// An update that was given up may yet arrive. The next one must not get its
// number, or it would be taken for it.
func TestUpdateAfterOneThatWasGivenUp(t *testing.T) {
	for name, e := range map[string]event{"taken": answerNeverComes, "not taken": func(func() (*http.Response, error)) (*http.Response, error) { return nil, nil }} {
		t.Run(name, func(t *testing.T) {
			same := func(*model) event { return e }
			sending(t, func(t *testing.T, m *model, c *pomona.Client) {
				wantEnd(t, within(t, time.Second, c, "1"), true)
				wantEnd(t, within(t, time.Second, c, "never sent"), false)
				if err := c.Update(t.Context(), "a", "2"); err != nil {
					t.Error(err)
				}
				wantApplied(t, m, "1", "2")
			}, same, same, same)
		})
	}
}

func TestUpdatesWaitForTheirTurn(t *testing.T) {
	sending(t, func(t *testing.T, m *model, c *pomona.Client) {
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				if err := c.Update(t.Context(), "a", strconv.Itoa(i)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wantEnd(t, within(t, time.Second, c, "too late"), false)
		all.Wait()
		wantApplied(t, m, "0", "1", "2", "3", "4")
	}, func(*model) event { return answerNeverComes })
}

// TestUpdateStorm: of those without an error each was taken once and in order, of
// those that are unknown at most once, and of the others none.
func TestUpdateStorm(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 0))
		kinds := []event{lostOnTheWay, notConnected, answerLost, answerNeverComes, answered(502, ""), answered(200, "<html>"), nil, nil, nil}
		events := make([]func(*model) event, 300)
		for i := range events {
			events[i] = func(m *model) event {
				if e := kinds[random.IntN(len(kinds))]; e != nil {
					return e
				}
				if random.IntN(5) == 0 {
					return m.over
				}
				return func(send func() (*http.Response, error)) (*http.Response, error) { return send() }
			}
		}
		sending(t, func(t *testing.T, m *model, c *pomona.Client) {
			var sure, possible []string
			for i := range 100 {
				message := strconv.Itoa(i)
				err := within(t, time.Duration(random.Int64N(int64(time.Minute))), c, message)
				if err == nil {
					sure = append(sure, message)
				}
				if err == nil || errors.Is(err, pomona.ErrUnknown) {
					possible = append(possible, message)
				}
			}
			if !isSubsequence(sure, m.applied) || !isSubsequence(m.applied, possible) || len(sure) < 20 {
				t.Errorf("seed %d: sure are %v and possible %v, but %v were taken", seed, sure, possible, m.applied)
			}
		}, events...)
	}
}

func isSubsequence(some, all []string) bool {
	for _, s := range all {
		if len(some) > 0 && some[0] == s {
			some = some[1:]
		}
	}
	return len(some) == 0
}
