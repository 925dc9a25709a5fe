package nats

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
)

// A traveller is a client that goes from node to node while the cables between them
// are cut. As long as its id stays, it has every message once and in order; with
// another id it begins anew.
type traveller struct {
	t       *testing.T
	halls   []*hall
	said    map[string]*atomic.Int64 // by each node
	session string
	id      string
	atLeast map[string]int // what each node had said when this id heard of being connected; nil before
	newest  map[string]int
	lives   int
}

const travelled = "news/all"

// visit polls a node, and checks what it answers.
func (g *traveller) visit(h *hall) {
	messages, next := h.poll(g.session)
	g.session = next
	if id := idIn(next); id != g.id {
		g.id, g.atLeast, g.newest = id, nil, map[string]int{}
		g.lives++
		_ = h.pig.Connect(id, travelled) // if it has gone already, there will be another id
	}
	for _, m := range messages {
		if m.Message == "" {
			g.begin()
			continue
		}
		var sender string
		var number int
		fmt.Sscan(m.Message, &sender, &number)
		before, heard := g.newest[sender]
		switch {
		case g.atLeast == nil:
			g.t.Errorf("session %s got %q before the empty message", g.id, m.Message)
		case heard && number != before+1 || !heard && number > g.atLeast[sender]+2: // one may have been under way
			g.t.Errorf("session %s got %q after number %d, and was connected at %v", g.id, m.Message, before, g.atLeast)
		}
		g.newest[sender] = number
	}
}

// begin is called when the session is told that it is connected. That was a little
// while ago.
func (g *traveller) begin() {
	if g.atLeast == nil {
		g.atLeast = map[string]int{}
		for sender, n := range g.said {
			g.atLeast[sender] = int(n.Load())
		}
	}
}

// lacks says what it has not heard yet of all that was said.
func (g *traveller) lacks() bool {
	if g.atLeast == nil {
		return true
	}
	for sender, n := range g.said {
		if last := int(n.Load()); g.newest[sender] < last && g.atLeast[sender]+1 < last {
			return true
		}
	}
	return false
}

// TestTravellers: sessions move while links break.
func TestTravellers(t *testing.T) {
	t.Parallel()
	troubles := 15
	if testenv.Full() {
		troubles = 200
	}
	s := startNATS(t, 0)
	said := map[string]*atomic.Int64{}
	var halls []*hall
	var cables []*cable
	for _, name := range []string{"a", "b", "c"} {
		c := layCable(t, s.Addr().String())
		halls, cables, said[name] = append(halls, furnish(t, name, c.url())), append(cables, c), new(atomic.Int64)
	}
	quit := make(chan struct{})
	var telling, travelling sync.WaitGroup
	for _, h := range halls {
		telling.Go(func() {
			for n := 1; ; n++ {
				select {
				case <-quit:
					return
				case <-time.After(2 * time.Millisecond):
				}
				h.dolores.Update(nil, travelled, fmt.Sprint(h.name, " ", n))
				said[h.name].Store(int64(n))
			}
		})
	}
	var all []*traveller
	for range 6 {
		g := &traveller{t: t, halls: halls, said: said}
		all = append(all, g)
		travelling.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
				}
				for h, stay := halls[rand.N(3)], rand.N(5); stay >= 0; stay-- {
					g.visit(h)
				}
			}
		})
	}
	for range troubles {
		c := cables[rand.N(3)]
		if rand.N(3) == 0 {
			c.stall()
			time.Sleep(rand.N(100 * time.Millisecond))
		}
		c.sever()
		c.heal()
		time.Sleep(rand.N(200 * time.Millisecond))
		c.mend()
		time.Sleep(rand.N(500 * time.Millisecond))
	}
	close(quit)
	telling.Wait()
	travelling.Wait()
	for _, h := range halls {
		testenv.Eventually(t, "all nodes are there", func() bool { return len(h.Nodes()) == 2 && h.Stats().Linked })
	}
	lives, moves := 0, uint64(0)
	for _, g := range all {
		for end := time.Now().Add(time.Minute); g.lacks(); g.visit(halls[rand.N(3)]) {
			if time.Now().After(end) {
				t.Fatalf("session %s has %v of %v, and was connected at %v", g.id, g.newest, said, g.atLeast)
			}
		}
		lives += g.lives
	}
	for _, h := range halls {
		moves += h.Stats().Taken
	}
	if moves == 0 {
		t.Error("no session moved")
	}
	t.Logf("%d moves, %d ids of %d clients, %v updates", moves, lives, len(all), said["a"].Load()+said["b"].Load()+said["c"].Load())
}
