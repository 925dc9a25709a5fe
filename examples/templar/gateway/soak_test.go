package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/internal/websocket"
)

// soakVariable says how long the soak is to last, as in "1h". A few seconds show that
// the test works, and would show a gross leak.
const soakVariable = "ROOTS_SOAK"

const (
	soakClients    = 60
	soakPublishers = 3
	spareRoutines  = 50 // that are about to end
)

// TestSoak: clients come, subscribe, unsubscribe, stall and go, each in its own way,
// while triggers fly from both sides. None hears anything out of order, twice, or not
// at all; and in the end nothing is left.
func TestSoak(t *testing.T) {
	length := 4 * time.Second
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	onTCP(t, gateway.Options{Backend: letIn(`{"publisher":"*"}`)}, func(s *site) {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithTimeout(context.Background(), length)
		defer cancel()
		var all sync.WaitGroup
		for n := range soakPublishers {
			all.Go(func() { s.publishUntil(ctx, n) })
		}
		var heard, stalls, lives atomic.Int64
		for range soakClients {
			all.Go(func() {
				for ctx.Err() == nil {
					some, times := s.live(ctx)
					heard.Add(some)
					stalls.Add(times)
					lives.Add(1)
				}
			})
		}
		all.Wait()
		var got gateway.Status
		testenv.Eventually(t, "all clients are gone", func() bool {
			got = s.gateway.Status()
			return got.OpenConnections == 0
		})
		t.Logf("%d lives, %d stalls, %d messages heard; %v", lives.Load(), stalls.Load(), heard.Load(), got)
		if got.Rooms != 0 || got.Queued != 0 || got.Sent < uint64(heard.Load()) {
			t.Error("the status is wrong")
		}
		if heard.Load() == 0 || stalls.Load() == 0 || got.Rabbit == 0 {
			t.Error("the soak was too dry")
		}
		if n := s.dolores.Stats().Registered; n != 0 {
			t.Errorf("%d are still registered", n)
		}
		testenv.Eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() < before+spareRoutines })
	})
}

// publishUntil publishes numbers to the room of a publisher, from one side or the other.
func (s *site) publishUntil(ctx context.Context, publisher int) {
	trusted := s.gateway.Trusted()
	for n := 1; ctx.Err() == nil; n++ {
		body := fmt.Sprintf(`{"rooms": [{"publisher": %d}], "data": {"publisher": %d, "n": %d, "more": "%s"}}`,
			publisher, publisher, n, strings.Repeat("x", rand.IntN(3000)))
		if rand.IntN(2) == 0 {
			w := httptest.NewRecorder()
			if trusted.ServeHTTP(w, httptest.NewRequest("POST", "/trigger/", strings.NewReader(body))); w.Code != 200 {
				s.t.Errorf("a trigger is answered %d %s", w.Code, w.Body)
			}
		} else if err := s.gateway.TakeRabbit(context.Background(), []byte(body)); err != nil {
			s.t.Error(err)
		}
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
	}
}

// A wanderer is a client that does what comes to its mind, and checks what it hears.
type wanderer struct {
	t     testing.TB
	peer  *peer
	stall chan time.Duration // has how long it is to read nothing
	heard int64

	mu     sync.Mutex // guards what is below
	ids    int
	asked  []string               // what is to be answered: "+ID", "-ID", or nothing of both
	held   map[string]map[int]int // the newest number of each publisher, by requestId
	newest [soakPublishers]int    // of all of them
}

// live is the whole life of a client. It returns how much it heard, and how often it
// stalled.
func (s *site) live(ctx context.Context) (heard, stalls int64) {
	w := &wanderer{t: s.t, peer: s.enter(), stall: make(chan time.Duration, 1), held: map[string]map[int]int{}}
	defer w.peer.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.listen()
	}()
	for range 1 + rand.IntN(40) {
		select {
		case <-ended: // it stalled for too long
			return w.heard, stalls
		case <-ctx.Done():
		case <-time.After(time.Duration(rand.IntN(20)) * time.Millisecond):
		}
		stalls += w.act()
	}
	if rand.IntN(2) == 0 {
		_, _ = w.peer.Write(masked(closeFrame, "\x03\xe8")) // it may be over already
	} else {
		w.peer.Close()
	}
	<-ended
	return w.heard, stalls
}

// act does one thing. It returns 1 if that is to stall.
func (w *wanderer) act() (stalls int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch dice := rand.IntN(100); {
	case dice < 50:
		room := fmt.Sprint(rand.IntN(soakPublishers))
		if rand.IntN(3) == 0 {
			room = `"*"`
		}
		w.ids++
		id := fmt.Sprint(w.ids)
		w.say("+"+id, `{"type":"subscribe","room":{"publisher":`+room+`},"requestId":`+id+`}`)
	case dice < 80:
		for id := range w.held { // any
			w.say("-"+id, `{"type":"unsubscribe","requestId":`+id+`}`)
			break
		}
	case dice < 90:
		w.say("", "ping")
	case dice < 99:
		w.say("", "nonsense")
	default:
		select {
		case w.stall <- time.Duration(rand.IntN(8000)) * time.Millisecond:
			return 1
		default:
		}
	}
	return 0
}

func (w *wanderer) say(asked, text string) {
	w.asked = append(w.asked, asked)
	_, _ = w.peer.Write(masked(websocket.Text, text)) // it may be over already
}

// listen hears until the connection ends.
func (w *wanderer) listen() {
	for {
		select {
		case pause := <-w.stall:
			time.Sleep(pause)
		default:
		}
		op, payload, err := w.peer.frame()
		if err != nil || op != websocket.Text {
			return
		}
		w.take(payload)
	}
}

// take checks what came.
func (w *wanderer) take(payload string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasPrefix(payload, `{"type": "publish"`) {
		w.heard++
		w.check(payload)
		return
	}
	if len(w.asked) == 0 {
		w.t.Errorf("%s answers nothing", payload)
		return
	}
	asked := w.asked[0]
	w.asked = w.asked[1:]
	switch id := strings.TrimLeft(asked, "+-"); {
	case asked == "":
	case asked[0] == '+' && payload == success:
		w.held[id] = map[int]int{}
	case asked[0] == '-' && (payload == success || w.held[id] == nil): // it may have been asked for twice
		delete(w.held, id)
	default:
		w.t.Errorf("%s is answered %s", asked, payload)
	}
}

// check: each subscription hears each number of a publisher once, one after the other,
// and no number comes before a smaller one, whichever subscriptions they are for.
func (w *wanderer) check(payload string) {
	var p struct {
		Data      struct{ Publisher, N int }
		RequestID json.RawMessage `json:"requestId"`
	}
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		w.t.Errorf("%s: %v", payload, err)
		return
	}
	held, who, n := w.held[string(p.RequestID)], p.Data.Publisher, p.Data.N
	switch last, seen := held[who]; {
	case held == nil:
		w.t.Errorf("%.100s came for a subscription that is not there", payload)
		return
	case seen && n != last+1:
		w.t.Errorf("number %d of publisher %d came after %d", n, who, last)
	case n < w.newest[who]:
		w.t.Errorf("number %d of publisher %d came after %d, in another subscription", n, who, w.newest[who])
	}
	held[who], w.newest[who] = n, n
}
