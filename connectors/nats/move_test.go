package nats

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// A hall is a node with a Firenze, whose sessions may move.
type hall struct {
	*Node
	t       testing.TB
	name    string
	dolores *dolores.Dolores
	pig     *pig.Pig
	firenze *firenze.Firenze
}

// furnish joins a node with a Firenze, until the test ends.
func furnish(t testing.TB, name, url string) *hall {
	t.Helper()
	d, err := dolores.New(name)
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{t: t, name: name, dolores: d, pig: pig.New(d, pig.Options{})}
	missed := func() {
		for v := range h.firenze.Sessions() {
			h.firenze.End(v.ID)
		}
	}
	h.firenze = firenze.New(d, firenze.Options{Hold: 20 * time.Millisecond, Fetch: func(ctx context.Context, id, key string) bool { return h.Fetch(ctx, id, key) }})
	if h.Node, err = Join(d, h.pig, Options{Name: name, URL: url, Missed: missed}); err != nil {
		t.Fatal(err)
	}
	d.Delegate(h.Node)
	h.Carry(h.firenze)
	t.Cleanup(h.close)
	return h
}

func (h *hall) close() {
	h.firenze.Close()
	h.Node.Close()
}

// poll asks for what there is, and takes the answer apart.
func (h *hall) poll(session string) (messages []thestral.Update, next string) {
	w := httptest.NewRecorder()
	h.firenze.ServeHTTP(w, httptest.NewRequest("GET", "/"+session, nil))
	var a struct {
		Updates       []thestral.Update
		ReconnectWith string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 {
		h.t.Errorf("%s answers %d %s", h.name, w.Code, w.Body)
		return nil, session
	}
	return a.Updates, a.ReconnectWith
}

func idIn(session string) string {
	id, _, _ := strings.Cut(session, "/")
	return id
}

// A guest is a client of a session that goes from node to node.
type guest struct {
	id, session string
	got         map[string]int // the number of the newest message, by sender and path
	total       int
}

// hear takes messages, which say "SENDER NUMBER" and are counted for each path, and
// checks that none is missing, doubled or out of order.
func (g *guest) hear(t testing.TB, messages []thestral.Update) {
	for _, m := range messages {
		if m.Message == "" {
			continue // it was connected
		}
		var sender string
		var number int
		if _, err := fmt.Sscan(m.Message, &sender, &number); err != nil || number != g.got[sender+m.Path]+1 {
			t.Errorf("session %s got %q on %q after number %d", g.id, m.Message, m.Path, g.got[sender+m.Path])
		}
		g.got[sender+m.Path] = number
		g.total++
	}
}

// TestSessionsMove: clients go from node to node at random, some of their answers
// lost, while all nodes say something. Each hears all of it once, in order, and
// keeps its id.
func TestSessionsMove(t *testing.T) {
	const clients, senders, updates = 6, 3, 400
	s := startNATS(t, 0)
	url := "nats://" + s.Addr().String()
	halls := []*hall{furnish(t, "a", url), furnish(t, "b", url), furnish(t, "c", url)}
	for _, h := range halls {
		eventually(t, "all nodes are there", func() bool { return len(h.Nodes()) == len(halls)-1 })
	}
	guests := make([]*guest, clients)
	for i := range guests {
		home := halls[i%len(halls)]
		_, session := home.poll("")
		g := &guest{id: idIn(session), session: session, got: map[string]int{}}
		for path, err := range map[string]error{"news/all": home.pig.Connect(g.id, "news/all"), "other/*": home.pig.Match(g.id, "other/*")} {
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		home.flush()
		guests[i] = g
	}

	var telling, hearing sync.WaitGroup
	for i, h := range halls {
		telling.Go(func() {
			chance := rand.New(rand.NewPCG(uint64(i), 3))
			count := map[string]int{}
			for range updates {
				path := []string{"news/all", "other/x", "other/y"}[chance.IntN(3)]
				count[path]++
				h.dolores.Update(nil, path, fmt.Sprint(h.name, " ", count[path]))
				h.dolores.Update(nil, "nobody/hears", "this")
				time.Sleep(time.Millisecond)
			}
		})
	}
	for i, g := range guests {
		hearing.Go(func() {
			chance := rand.New(rand.NewPCG(uint64(i), 4))
			for deadline := time.Now().Add(30 * time.Second); g.total < senders*updates && time.Now().Before(deadline); {
				messages, next := halls[chance.IntN(len(halls))].poll(g.session)
				if idIn(next) != g.id {
					t.Errorf("session %s became %s", g.id, idIn(next))
					return
				}
				if chance.IntN(4) > 0 { // else the answer is lost
					g.hear(t, messages)
					g.session = next
				}
			}
		})
	}
	telling.Wait()
	hearing.Wait()
	for _, g := range guests {
		if g.total != senders*updates {
			t.Errorf("session %s got %d messages of %d", g.id, g.total, senders*updates)
		}
	}
	moves := uint64(0)
	for _, h := range halls {
		moves += h.Stats().Taken
		if n := h.arrivals.count.Load(); n != 0 {
			t.Errorf("node %s still waits for %d sessions", h.name, n)
		}
	}
	if moves < clients {
		t.Errorf("there were %d moves, so nothing was tried", moves)
	}
	t.Logf("%d moves", moves)
}

func (h *hall) flush() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer cancel()
	if err := h.Flush(ctx); err != nil {
		h.t.Fatalf("node %s can't flush: %v", h.name, err)
	}
}
