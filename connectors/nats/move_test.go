package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/testenv"
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
	h.firenze = firenze.New(d, firenze.Options{
		Hold:      20 * time.Millisecond,
		Fetch:     func(ctx context.Context, id, key string) (bool, error) { return h.Fetch(ctx, id, key) },
		Elsewhere: func(sender thestral.Thestral, id, path, message string) { h.Tell(sender, id, path, message) },
	})
	if h.Node, err = Join(d, h.pig, Options{Name: name, URL: url, Missed: missed}); err != nil {
		t.Fatal(err)
	}
	d.Delegate(h.Node)
	h.Carry(h.firenze)
	t.Cleanup(h.close)
	return h
}

// furnishAll joins nodes that know each other.
func furnishAll(t testing.TB, names ...string) (halls []*hall) {
	t.Helper()
	url := "nats://" + startNATS(t, 0).Addr().String()
	for _, name := range names {
		halls = append(halls, furnish(t, name, url))
	}
	for _, h := range halls {
		testenv.Eventually(t, "all nodes are there", func() bool { return len(h.Nodes()) == len(halls)-1 })
	}
	return halls
}

func (h *hall) close() {
	h.firenze.Close()
	h.Node.Close()
}

// poll asks for what there is, and takes the answer apart. A session that can't be had
// now is to be asked for again.
func (h *hall) poll(session string) (messages []thestral.Update, next string) {
	w := httptest.NewRecorder()
	h.firenze.ServeHTTP(w, httptest.NewRequest("GET", "/"+session, nil))
	if w.Code == http.StatusServiceUnavailable {
		return nil, session
	}
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
	halls := furnishAll(t, "a", "b", "c")
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
			for deadline := time.Now().Add(2 * time.Minute); g.total < senders*updates && time.Now().Before(deadline); {
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
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	if err := h.Flush(ctx); err != nil {
		h.t.Fatalf("node %s can't flush: %v", h.name, err)
	}
}

// TestConnectionsWhileMoving: what a session is to hear is said on any node, while
// it goes from one to the other, and it hears all of it in the end.
func TestConnectionsWhileMoving(t *testing.T) {
	const topics = 60
	halls := furnishAll(t, "a", "b", "c")
	_, session := halls[0].poll("")
	id := idIn(session)
	var telling sync.WaitGroup
	telling.Go(func() {
		for i := range topics {
			h := halls[i%len(halls)]
			h.dolores.Update(nil, thestral.Connect, fmt.Sprintf("%s->topic/%d", id, i))
			h.dolores.Update(nil, thestral.Connect, fmt.Sprintf("%s->passing/%d", id, i))
			h.dolores.Update(nil, thestral.Disconnect, fmt.Sprintf("%s->passing/%d", id, i))
			time.Sleep(5 * time.Millisecond)
		}
	})
	heard := map[string]bool{}
	hear := func(i int) {
		var messages []thestral.Update
		messages, session = halls[i%len(halls)].poll(session)
		if idIn(session) != id {
			t.Fatalf("session %s became %s", id, idIn(session))
		}
		for _, m := range messages {
			if strings.HasPrefix(m.Path, "topic/") {
				heard[m.Path] = true
			}
		}
	}
	for i, end := 0, time.Now().Add(2*time.Minute); len(heard) < topics && time.Now().Before(end); i++ {
		hear(i)
	}
	telling.Wait()
	for i := range topics {
		if path := fmt.Sprintf("topic/%d", i); !heard[path] {
			t.Errorf("the session was not connected to %s", path)
		}
	}
	holders := 0
	for _, h := range halls {
		if r, ok := h.pig.Receiver(id); ok {
			holders++
			if len(r.Heard) != topics {
				t.Errorf("the session hears %d paths instead of %d", len(r.Heard), topics)
			}
		}
	}
	if holders != 1 {
		t.Errorf("%d nodes hold the session", holders)
	}
}

// fetched says whether a node fetches a session, or has it.
func fetched(h *hall, id, key string) bool {
	found, err := h.Fetch(h.t.Context(), id, key)
	return found && err == nil
}

// TestFetchInVain: what is not there, or for another, does not move.
func TestFetchInVain(t *testing.T) {
	halls := furnishAll(t, "a", "b")
	a, b := halls[0], halls[1]
	_, session := a.poll("")
	id, token, _ := strings.Cut(session, "/")
	key, _, _ := strings.Cut(token, "-")
	for what, asked := range map[string][2]string{
		"a wrong key":       {id, strings.Repeat("A", len(key))},
		"no key":            {id, ""},
		"an unknown id":     {strings.Replace(id, "-1", "-2", 1), key},
		"an unknown node":   {"z" + id[1:], key},
		"what is no id":     {"id", key},
		"an own unknown id": {"b" + id[1:], key},
	} {
		if fetched(b, asked[0], asked[1]) {
			t.Errorf("%s: a session was found", what)
		}
	}
	if _, here := a.firenze.Session(id); !here {
		t.Error("the session is gone")
	}
	b.leaving.Store(true)
	if fetched(b, id, key) {
		t.Error("a node that leaves fetched a session")
	}
	b.leaving.Store(false)
	for range 2 { // the second time it is here
		if !fetched(b, id, key) {
			t.Error("the session was not found, with the right key")
		}
	}
	if _, here := b.firenze.Session(id); !here {
		t.Error("the session is not where it was fetched to")
	}
}

// TestHandOver: whoever leaves gives its sessions to all others, with what waits for
// them, and takes no more.
func TestHandOver(t *testing.T) {
	const clients = 2*mostAtOnce + 50
	halls := furnishAll(t, "a", "b", "c")
	a, b, c := halls[0], halls[1], halls[2]
	sessions := make([]string, clients)
	for i := range sessions {
		_, sessions[i] = a.poll("")
		if err := a.pig.Connect(idIn(sessions[i]), "news"); err != nil {
			t.Fatal(err)
		}
	}
	a.flush()
	b.dolores.Update(nil, "news", "1")
	b.flush()
	a.firenze.Drain()
	a.HandOver(t.Context())
	if n := a.firenze.Stats(); n.Sessions != 0 || n.Released != clients {
		t.Errorf("%d sessions are left, %d were given away", n.Sessions, n.Released)
	}
	if inB, inC := b.firenze.Stats().Sessions, c.firenze.Stats().Sessions; inB+inC != clients || inB < clients/3 || inC < clients/3 {
		t.Errorf("%d and %d sessions came, of %d", inB, inC, clients)
	}
	b.dolores.Update(nil, "news", "2")
	for i, session := range sessions {
		var got []string
		for len(got) < 3 {
			messages, next := []*hall{b, c}[i%2].poll(session)
			if idIn(next) != idIn(session) {
				t.Fatalf("session %s became %s", idIn(session), idIn(next))
			}
			for _, m := range messages {
				got = append(got, m.Message)
			}
			session = next
		}
		if text := strings.Join(got, " "); text != " 1 2" {
			t.Errorf("session %s got %q", idIn(session), text)
		}
	}
	if _, err := ask[struct{}](t.Context(), b.Node, "a", takeKind, []string{idIn(sessions[0])}); err == nil {
		t.Error("a node that leaves took a session")
	}
}

// TestMoveAfterAGap: a session that missed something does not go on, wherever it is.
func TestMoveAfterAGap(t *testing.T) {
	halls := furnishAll(t, "a", "b")
	a, b := halls[0], halls[1]
	_, session := a.poll("")
	id, token, _ := strings.Cut(session, "/")
	key, _, _ := strings.Cut(token, "-")
	a.gate.lost.Add(1) // and those who missed something are not told yet
	if fetched(b, id, key) {
		t.Error("a session moved that misses something")
	}
	a.miss(1)
	if fetched(b, id, key) {
		t.Error("a session moved that had to begin anew")
	}
	_, session = a.poll("")
	id, token, _ = strings.Cut(session, "/")
	key, _, _ = strings.Cut(token, "-")
	if !fetched(b, id, key) {
		t.Error("after that nothing moves any more")
	}
}

// TestAnswersWhileMoving: a program that has kept a session answers in the end, where
// it was, where it is, and elsewhere; each answer comes once.
func TestAnswersWhileMoving(t *testing.T) {
	const answers = 150
	halls := furnishAll(t, "a", "b", "c")
	_, session := halls[0].poll("")
	id := idIn(session)
	kept, _ := halls[0].dolores.Lookup(id)
	senders := []thestral.Thestral{kept, distant{halls[1].Node, id}, distant{halls[2].Node, id}}
	var telling sync.WaitGroup
	for i, sender := range senders {
		telling.Go(func() {
			for n := range answers {
				sender.Update(nil, fmt.Sprint("answers/", i), fmt.Sprint(halls[i].name, " ", n+1))
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	g := &guest{id: id, got: map[string]int{}}
	for i, end := 0, time.Now().Add(2*time.Minute); g.total < len(senders)*answers && time.Now().Before(end); i++ {
		var messages []thestral.Update
		messages, session = halls[i%len(halls)].poll(session)
		if idIn(session) != id {
			t.Fatalf("session %s became %s", id, idIn(session))
		}
		g.hear(t, messages)
	}
	telling.Wait()
	if g.total != len(senders)*answers {
		t.Errorf("%d answers came of %d", g.total, len(senders)*answers)
	}
}

// TestToldInOneStep: no session comes or goes between the look for it and what follows
// from that.
func TestToldInOneStep(t *testing.T) {
	h := furnishAll(t, "a")[0]
	_, session := h.poll("")
	h.tell(nil, idIn(session), "x", "message", func() (thestral.Thestral, bool) {
		if h.gate.TryLock() {
			t.Error("a session may come or go now")
			h.gate.Unlock()
		}
		return h.lookup(idIn(session))
	})
	if got, _ := h.poll(session); len(got) != 1 || got[0].Message != "message" {
		t.Errorf("it is told %v", got)
	}
}

// TestOthersAreWaitedFor: what a third node sent is handed out before the holder gives
// a session away, and what the holder had of it before that goes on.
func TestOthersAreWaitedFor(t *testing.T) {
	halls := furnishAll(t, "a", "b", "c")
	a, b, c := halls[0], halls[1], halls[2]
	_, session := a.poll("")
	id := idIn(session)
	var where []string
	c.questions.mu.Lock()
	flush := c.questions.handlers[flushKind]
	c.questions.handlers[flushKind] = func(ctx context.Context, from string, question []byte) ([]byte, error) {
		_, atA := a.firenze.Session(id)
		_, atB := b.firenze.Session(id)
		if from == "b" {
			where = append(where, fmt.Sprintf("at a: %v, at b: %v", atA, atB))
		}
		if len(where) == 2 { // a question, or its answer, may be lost
			return nil, errors.New("not now")
		}
		return flush(ctx, from, question)
	}
	c.questions.mu.Unlock()
	if _, next := b.poll(session); idIn(next) != id {
		t.Errorf("session %s became %s", id, idIn(next))
	}
	want := []string{"at a: true, at b: false", "at a: false, at b: false", "at a: false, at b: false"}
	if diff := cmp.Diff(want, where); diff != "" {
		t.Errorf("when it is asked the session is (-want +got):\n%s", diff)
	}
}

// TestOthersThatAreGone are not waited for.
func TestOthersThatAreGone(t *testing.T) {
	halls := furnishAll(t, "a", "b", "c")
	_, session := halls[0].poll("")
	halls[2].Node.Close()
	halls[0].peers.mu.Lock()
	halls[0].peers.of["c/run"] = &peer{seen: halls[0].now() + time.Hour} // which it takes for there
	halls[0].peers.mu.Unlock()
	_, session = halls[1].poll(session)
	if _, next := halls[0].poll(session); idIn(next) != idIn(session) {
		t.Errorf("session %s became %s", idIn(session), idIn(next))
	}
}

// TestAlreadyHere: a session that another request has brought here meanwhile is told
// what came while it was expected in vain.
func TestAlreadyHere(t *testing.T) {
	halls := furnishAll(t, "a", "b")
	a, b := halls[0], halls[1]
	_, session := a.poll("")
	id := idIn(session)
	expected := a.arrivals.expect([]string{id})
	distant{b.Node, id}.Update(nil, "x", "from b")
	distant{a.Node, id}.Update(nil, "x", "from a")
	b.dolores.Update(nil, thestral.Connect, id+"->y")
	testenv.Eventually(t, "all of that is kept", func() bool {
		a.arrivals.mu.Lock()
		defer a.arrivals.mu.Unlock()
		return len(expected[0].recorded) == 3
	})
	a.forgo(expected)
	var got []string
	testenv.Eventually(t, "it is told", func() bool { // that it is connected may come a little later
		var messages []thestral.Update
		messages, session = a.poll(session)
		for _, m := range messages {
			got = append(got, m.Path+": "+m.Message)
		}
		return len(got) >= 3
	})
	slices.Sort(got)
	if diff := cmp.Diff([]string{"x: from a", "x: from b", "y: "}, got); diff != "" {
		t.Errorf("it is told (-want +got):\n%s", diff)
	}
}

// TestReleasedIsElsewhere: between its release and the moment in which the directory
// forgets it a session is told nothing here, for nobody would hear it.
func TestReleasedIsElsewhere(t *testing.T) {
	h := furnishAll(t, "a", "b")[0]
	_, session := h.poll("")
	id := idIn(session)
	h.released.Store(id, nil)
	sent := h.outbox.newest()
	h.dolores.Update(nil, thestral.Connect, id+"->x")
	distant{h.Node, id}.Update(nil, "x", "message")
	if _, hears := h.pig.Receiver(id); hears || h.outbox.newest() != sent+2 {
		t.Errorf("it hears something here: %v, and %d updates were sent on", hears, h.outbox.newest()-sent)
	}
	h.released.Delete(id)
	h.dolores.Update(nil, thestral.Connect, id+"->x")
	if _, hears := h.pig.Receiver(id); !hears {
		t.Error("who is here is not connected here")
	}
}
