package pomona_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// weather stands between a client and the real server, and loses requests and
// answers at random.
type weather struct {
	handler http.Handler

	mu     sync.Mutex // guards all below
	random *rand.Rand
	force  float64 // 1 in bad weather, 0 in good; with 10 nothing comes through
}

func (w *weather) set(force float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.force = force
}

func (w *weather) strikes(chance float64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.Float64() < chance*w.force
}

func (w *weather) delay(ctx context.Context) error {
	w.mu.Lock()
	wait := time.Duration(w.random.Int64N(int64(2 * time.Second)))
	w.mu.Unlock()
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *weather) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := w.delay(r.Context()); err != nil {
		return nil, err
	}
	if w.strikes(0.1) {
		return nil, errors.New("the request was lost")
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	switch {
	case w.strikes(0.1):
		return nil, errors.New("the answer was lost")
	case w.strikes(0.05):
		return &http.Response{StatusCode: 502, Body: http.NoBody}, nil
	case w.strikes(0.05):
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("<html>"))}, nil
	case w.strikes(0.03):
		<-r.Context().Done()
	}
	if err := w.delay(r.Context()); err != nil {
		return nil, err
	}
	return answer.Result(), nil
}

// counting checks that messages are the numbers that follow each other, from
// any on after the empty message.
type counting struct {
	t *testing.T

	mu    sync.Mutex // guards all below
	last  int        // -1 after the empty message
	loads int
}

func (c *counting) Update(_ thestral.Thestral, path, message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if message == "" {
		c.last = -1
		c.loads++
		return
	}
	n, _ := strconv.Atoi(message)
	if c.loads == 0 || c.last >= 0 && n != c.last+1 {
		c.t.Errorf("%s: %d came after %d", path, n, c.last)
	}
	c.last = n
}

func (c *counting) Next() []thestral.Thestral { return nil }

func (c *counting) now() (last, loads int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last, c.loads
}

// TestStorm runs the client against the real server. No message may be missed,
// doubled or out of order between two empty messages, and when the weather
// clears the latest must come.
func TestStorm(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	for seed := range uint64(20) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { storm(t, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func storm(t *testing.T, random *rand.Rand) {
	d := new(dolores.Dolores)
	p := pig.New(d, pig.Options{})
	d.Delegate(p)
	f := firenze.New(d, firenze.Options{Absence: 5 * time.Second})
	defer f.Close()

	w := &weather{handler: f, random: rand.New(rand.NewPCG(random.Uint64(), 0)), force: 1}
	ask := func(connect func(id, path string) error) func(context.Context, string, []string) error {
		return func(ctx context.Context, id string, paths []string) error {
			if err := w.delay(ctx); err != nil || w.strikes(0.1) {
				return errors.New("the request was lost")
			}
			for _, path := range paths {
				_ = connect(id, path) // the session may be over
			}
			if err := w.delay(ctx); err != nil || w.strikes(0.1) {
				return errors.New("the answer was lost")
			}
			return nil
		}
	}
	lost := 0
	client := pomona.New("http://model/", pomona.Options{
		Connect:    ask(p.Connect),
		Disconnect: ask(p.Disconnect),
		Lost:       func() { lost++ },
		Transports: []pomona.Transport{pomona.Poll},
		HTTP:       &http.Client{Transport: w},
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- client.Run(ctx) }()

	published := 0
	publish := func() {
		published++
		d.Update(nil, "a", strconv.Itoa(published))
		d.Update(nil, "b", strconv.Itoa(published))
		time.Sleep(time.Duration(random.Int64N(int64(200 * time.Millisecond))))
	}
	steady := &counting{t: t}
	client.On("a", steady)
	off := func() {}
	for i := range 2000 {
		switch i {
		case 1000:
			w.set(10)
		case 1200:
			w.set(1)
		}
		publish()
		if random.Float64() < 0.1 {
			off()
			off = client.On("b", &counting{t: t})
		}
		if random.Float64() < 0.1 {
			off()
		}
	}
	w.set(0)
	time.Sleep(2 * time.Minute)
	publish()
	time.Sleep(time.Minute)
	if last, loads := steady.now(); last != published || loads < 2 || lost < 1 {
		t.Errorf("the last message was %d of %d, after %d loads and %d lost sessions; want the last, and some of each", last, published, loads, lost)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v, want nil", err)
	}
}
