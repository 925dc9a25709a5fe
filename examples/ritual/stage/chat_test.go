package stage_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/ritual/stage"
)

const letter = `{"message":{"sender":%q,"text":%q}}`

// TestChat: what is said comes to all, in order and once; a wait ends with nothing
// after 25 seconds.
func TestChat(t *testing.T) {
	bubble(t, stage.Options{Scripts: open()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 1))
		ann, bob := r.enter("open", "partake"), r.enter("open", "lead")
		want(t, r.post("/open/setName", "name=Ann&clientId="+ann), http.StatusNoContent, "")
		waits := r.wait("/open/chat/receive?clientId=" + bob)
		waits.waits(t)
		for _, text := range []string{"hello", `<b>"&` + "\n", "é"} {
			want(t, r.post("/open/chat/send", "clientId="+ann+"&text="+url.QueryEscape(text)), http.StatusNoContent, "")
		}
		if got := waits.says(t); got != fmt.Sprintf(letter, "Ann", "hello") {
			t.Errorf("first came %s", got)
		}
		want(t, r.get("/open/chat/receive?clientId="+bob), 200, fmt.Sprintf(letter, "Ann", `<b>"&`+"\n"))
		want(t, r.get("/open/chat/receive?clientId="+bob), 200, fmt.Sprintf(letter, "Ann", "é"))
		want(t, r.get("/open/chat/receive?clientId="+ann), 200, fmt.Sprintf(letter, "Ann", "hello"))
		waits = r.wait("/open/chat/receive?clientId=" + bob)
		pass(24 * time.Second)
		waits.waits(t)
		pass(time.Second)
		if got := waits.says(t); got != `{"message":null}` {
			t.Errorf("after the wait came %s", got)
		}
	})
}

// TestChatAskedAgain: of two requests of one client the newer one gets what is
// said next, as the client has given the older one up.
func TestChatAskedAgain(t *testing.T) {
	bubble(t, stage.Options{Scripts: open()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 1))
		ann := r.enter("open", "partake")
		older, newer := r.wait("/open/chat/receive?clientId="+ann), r.wait("/open/chat/receive?clientId="+ann)
		want(t, r.post("/open/chat/send", "clientId=x&text=hi"), http.StatusNoContent, "")
		if got := newer.says(t); got != fmt.Sprintf(letter, "anonx", "hi") {
			t.Errorf("came %s", got)
		}
		older.waits(t)
		pass(25 * time.Second)
		older.says(t)
	})
}

// TestChatGivenUp: the end of an older request does not end a newer one.
func TestChatGivenUp(t *testing.T) {
	bubble(t, stage.Options{Scripts: open()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 1))
		target := "/open/chat/receive?clientId=" + r.enter("open", "partake")
		older, giveUp := withCancel(newGet(target))
		go r.ask(older)
		synctest.Wait()
		newer := r.wait(target)
		giveUp()
		synctest.Wait()
		want(t, r.post("/open/chat/send", "clientId=x&text=hi"), http.StatusNoContent, "")
		newer.says(t)
	})
}

// TestChatOfRituals: a chat is that of one ritual.
func TestChatOfRituals(t *testing.T) {
	bubble(t, stage.Options{Scripts: open()}, func(t *testing.T, r *rig) {
		must(t, r.Begin("open", "open", 1))
		must(t, r.Begin("other", "open", 1))
		ann := r.enter("other", "partake")
		want(t, r.post("/open/chat/send", "clientId=x&text=hi"), http.StatusNoContent, "")
		waits := r.wait("/other/chat/receive?clientId=" + ann)
		waits.waits(t)
		pass(25 * time.Second)
		waits.says(t)
	})
}

// TestChatBounds: newcomers are told the last 50, and no more is kept for those
// who do not ask. A text has 4,000 bytes at most.
func TestChatBounds(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: open()})
	must(t, r.Begin("open", "open", 1))
	early := r.enter("open", "partake")
	for n := range 60 {
		want(t, r.post("/open/chat/send", fmt.Sprintf("clientId=x&text=%d", n)), http.StatusNoContent, "")
	}
	for _, id := range []string{early, r.enter("open", "partake")} {
		for n := 10; n < 60; n++ {
			want(t, r.get("/open/chat/receive?clientId="+id), 200, fmt.Sprintf(letter, "anonx", fmt.Sprint(n)))
		}
		want(t, r.ask(newHead("/open/chat/receive?clientId="+id)), 200, `{"message":null}`) // a recorder keeps a body of HEAD
	}
	want(t, r.post("/open/chat/send", "text="+strings.Repeat("x", 4000)), http.StatusNoContent, "")
	want(t, r.post("/open/chat/send", "text="+strings.Repeat("x", 4001)), http.StatusBadRequest, "the text has 4001 bytes, at most 4000 are allowed")
	want(t, r.post("/open/chat/send", "text=x&clientId="+strings.Repeat("x", 1000)), http.StatusNoContent, "")
}
