package firenze_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/batch"
	"github.com/rootspush/roots/internal/websocket"
	"github.com/rootspush/roots/thestral"
)

// post posts to a session, and returns how that was answered.
func (r *rig) post(target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("POST", "/"+target, strings.NewReader(body)))
	return w
}

func (r *rig) wantPost(target, body string, status int) {
	r.t.Helper()
	if w := r.post(target, body); w.Code != status || !json.Valid(w.Body.Bytes()) {
		r.t.Errorf("POST %s of %.100s is answered %d %s instead of %d", target, body, w.Code, w.Body, status)
	}
}

// batchOf are so many updates, whose messages are numbers.
func batchOf(count int) string {
	items := make([]string, count)
	for i := range items {
		items[i] = fmt.Sprintf(`{"path":"up","message":"%d"}`, i+1)
	}
	return "[" + strings.Join(items, ",") + "]"
}

// TestPostLimits are those of all batches, each at N and at N+1, and what is over
// one of them is not taken at all.
func TestPostLimits(t *testing.T) {
	item := func(path, message string) string {
		return fmt.Sprintf(`{"path":"up","message":"1"},{"path":%q,"message":%q}`, path, message)
	}
	long := func(size int) string { return batchOf(1) + strings.Repeat(" ", size-len(batchOf(1))) }
	for name, c := range map[string]struct {
		fit, over string
		status    int
	}{
		"updates": {batchOf(batch.MaxUpdates), batchOf(batch.MaxUpdates + 1), 400},
		"path":    {"[" + item(strings.Repeat("p", thestral.MaxPath), "") + "]", "[" + item(strings.Repeat("p", thestral.MaxPath+1), "") + "]", 400},
		"message": {"[" + item("p", strings.Repeat("m", thestral.MaxMessage)) + "]", "[" + item("p", strings.Repeat("m", thestral.MaxMessage+1)) + "]", 400},
		"body":    {long(batch.MaxBody), long(batch.MaxBody + 1), 413},
		"empty":   {"[]", "[" + item("", "") + "]", 400},
		"control": {"[" + item(":p", "") + "]", "[" + item("::p", "") + "]", 403},
		"escaped": {"[" + item(": :", "") + "]", `[{"path":"\u003a\u003agone","message":"x"}]`, 403},
		"doubled": {`[{"path":"::p","path":"p","message":""}]`, `[{"path":"p","PATH":"::p","message":""}]`, 403},
	} {
		t.Run(name, func(t *testing.T) {
			h := new(hall)
			r := newRig(t, firenze.Options{Incoming: h})
			session := r.open()
			r.wantPost(session, c.over, c.status)
			h.want(t)
			r.wantPost(session+"?number=1", c.over, c.status)
			r.wantPost(session+"?number=1", c.fit, 200) // the number was not used up
			if taken := len(h.messages()); taken == 0 && c.fit != "[]" {
				t.Error("nothing was taken")
			}
		})
	}
}

// TestPostNumbers: which are taken, after number 1 and 2 were.
func TestPostNumbers(t *testing.T) {
	for number, c := range map[string]struct {
		status int
		taken  bool
	}{
		"1": {200, false}, "2": {200, false}, "3": {200, true}, "4": {409, false}, "0": {400, false}, "18446744073709551615": {409, false},
		"18446744073709551616": {400, false}, "-1": {400, false}, "": {400, false}, "+3": {400, false}, "3x": {400, false}, "03": {200, true}, "3&number=4": {200, true},
	} {
		h := new(hall)
		r := newRig(t, firenze.Options{Incoming: h})
		session := r.open()
		r.wantPost(session+"?number=1", batchOf(1), 200)
		r.wantPost(session, batchOf(1), 200) // without a number it does not count
		r.wantPost(session+"?number=2", batchOf(1), 200)
		r.wantPost(session+"?number="+number, batchOf(1), c.status)
		if taken := len(h.messages()) == 4; taken != c.taken {
			t.Errorf("number %q was taken: %v", number, taken)
		}
		r.wantPost(r.open()+"?number=1", batchOf(1), 200) // each session counts for itself
	}
}

// TestPostsToNobody: to a session that is over, unknown, or whose key is wrong.
func TestPostsToNobody(t *testing.T) {
	h := new(hall)
	r := newRig(t, firenze.Options{Incoming: h})
	session, over := r.open(), r.open()
	r.ask("DELETE", "/"+over)
	for _, target := range []string{over, idOf(session) + "/KEY-0", idOf(session) + "/0", "nobody/KEY-0", "a/b"} {
		r.wantPost(target, batchOf(1), 404)
		r.wantPost(target+"?number=1", batchOf(1), 404)
	}
	h.want(t)
	r.wantPost(withNumber(session, "999"), batchOf(1), 200) // of a token only the key counts here
}

// TestPostDoesNotConfirm anything, and does not end a poll or a stream.
func TestPostDoesNotConfirm(t *testing.T) {
	onPipes(t, firenze.Options{Incoming: new(hall)}, func(c *walker) {
		session := c.open()
		c.rig.tell(session, "1")
		c.wantPost(withNumber(session, "1"), batchOf(1), 200)
		l := c.follow(webSocket, session)
		c.wantPost(withNumber(session, "1"), batchOf(1), 200)
		l.want("1")
	})
}

// TestSenderIsTheSession, by each door: what it is answered comes to the client and
// to nobody else.
func TestSenderIsTheSession(t *testing.T) {
	h := &hall{answer: func(sender thestral.Thestral, path, message string) {
		for _, word := range []string{"you", "said", message} {
			sender.Update(nil, path, word)
		}
	}}
	onPipes(t, firenze.Options{Incoming: h}, func(c *walker) {
		one, other := c.open(), c.open()
		p := c.poll(other)
		c.wantPost(one, batchOf(1), 200)
		one = c.poll(one).want(0, "you", "said", "1")
		l := c.follow(webSocket, one)
		l.send(websocket.Text, `{"updates":[{"path":"up","message":"2"}]}`)
		l.want("you", "said", "2")
		p.wantWaiting()
	})
}

// TestPanicInIncoming costs that update alone.
func TestPanicInIncoming(t *testing.T) {
	h := &hall{answer: func(_ thestral.Thestral, _, message string) {
		if message == "2" {
			panic("planned")
		}
	}}
	onPipes(t, firenze.Options{Incoming: h}, func(c *walker) {
		e := c.begin(webSocket)
		c.wantPost(e.session, batchOf(3), 200)
		e.send(websocket.Text, `{"updates":`+batchOf(3)+`}`)
		if h, err := e.hear(); err != nil || h.Error != "" {
			t.Errorf("answered %v (%v)", h, err)
		}
		c.wantPost(e.session, batchOf(3), 200)
		h.want(t, "1", "2", "3", "1", "2", "3", "1", "2", "3")
	})
}

// TestPostsAtOnce: two posts of a session that come while one is handed on are
// handed on after it, in the order in which they were accepted, and nobody waits.
func TestPostsAtOnce(t *testing.T) {
	onPipes(t, firenze.Options{}, func(c *walker) {
		var session string
		h := &hall{}
		h.answer = func(_ thestral.Thestral, _, message string) {
			if message == "first" { // so the others come within it
				c.wantPost(session+"?number=2", `[{"path":"up","message":"second"},{"path":"up","message":"third"}]`, 200)
				c.wantPost(session+"?number=3", `[{"path":"up","message":"fourth"}]`, 200)
				c.wantPost(session+"?number=5", `[{"path":"up","message":"too early"}]`, 409)
			}
		}
		c.Firenze = firenze.New(c.dolores, firenze.Options{Incoming: h})
		defer c.Close()
		session = c.open()
		c.wantPost(session+"?number=1", `[{"path":"up","message":"first"},{"path":"up","message":"still first"}]`, 200)
		h.want(c.t, "first", "still first", "second", "third", "fourth")
	})
}

// TestPostsOfManyAtOnce: of each session in order, whoever else posts.
func TestPostsOfManyAtOnce(t *testing.T) {
	const clients, posts = 8, 50
	h := new(hall)
	bubble(t, firenze.Options{Incoming: h}, func(t *testing.T, r *rig) {
		var all sync.WaitGroup
		for client := range clients {
			session := r.open()
			for range 2 { // each post comes twice, at about the same time
				all.Go(func() {
					for number := 1; number <= posts; {
						body := fmt.Sprintf(`[{"path":"%d","message":"%d a"},{"path":"%d","message":"%d b"}]`, client, number, client, number)
						if r.post(fmt.Sprint(session, "?number=", number), body).Code == http.StatusOK {
							number++
						}
					}
				})
			}
		}
		all.Wait()
		synctest.Wait()
		var want, got [clients][]string
		for client := range clients {
			for number := range posts {
				want[client] = append(want[client], fmt.Sprint(number+1, " a"), fmt.Sprint(number+1, " b"))
			}
			for _, u := range h.taken {
				if u.Path == fmt.Sprint(client) {
					got[client] = append(got[client], u.Message)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("taken (-want +got):\n%s", diff)
		}
	})
}
