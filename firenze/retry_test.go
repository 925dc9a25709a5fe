package firenze_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/firenze"
)

// TestSameTokenTwice gives the same answer twice, confirms nothing twice, and
// what came between is added.
func TestSameTokenTwice(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		first := r.open()
		r.tell(first, "1", "2")
		second := r.poll(first).want(0, "1", "2")
		if again := r.poll(first).want(0, "1", "2"); again != second {
			t.Errorf("the same messages came with %s and %s", second, again)
		}
		r.tell(first, "3")
		third := r.poll(first).want(0, "1", "2", "3")
		for range 3 {
			r.poll(second).want(0, "3")
			r.poll(first).want(0, "3") // it confirms less, and brings nothing back
		}
		r.poll(third).wantWaiting()
		r.tell(first, "4")
		r.poll(third).want(0, "4")
		r.poll(third).want(0, "4")
	})
}

// withNumber puts another number into what a client asks for.
func withNumber(session, number string) string {
	return session[:strings.LastIndex(session, "-")] + "-" + number
}

// TestNumbersThatConfirmNothing: the queue is sent again, and it is never an
// error.
func TestNumbersThatConfirmNothing(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "1")
		session = r.poll(session).want(0, "1")
		r.tell(session, "2", "3")
		next := r.poll(session).want(0, "2", "3") // of 3 there are, 1 is confirmed
		for _, number := range []string{
			"", "0", "1", "-0", "-1", "-2", "+2", "x", "2x", "0x2", "2.0", "2e0", "1_0", "2-2", "%202", "٢",
			"4", "1000000", "9223372036854775808", "18446744073709551615", "18446744073709551616", "99999999999999999999",
			strings.Repeat("9", 5000),
		} {
			if got := r.poll(withNumber(session, number)).want(0, "2", "3"); got != next {
				t.Errorf("%.30q: next is %s instead of %s", number, got, next)
			}
		}
		noNumber, _, _ := strings.Cut(session[strings.LastIndex(session, "/"):], "-")
		if got := r.poll(idOf(session)+noNumber).want(0, "2", "3"); got != next {
			t.Errorf("no number: next is %s instead of %s", got, next)
		}
		r.poll(withNumber(session, "2")).want(0, "3")
		r.poll(next).wantWaiting()
	})
}

// TestWhatFollowsTheTokenIsIgnored: a slash, more segments, and the query.
func TestWhatFollowsTheTokenIsIgnored(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		r.tell(session, "1")
		for _, more := range []string{"/", "/0", "/x/y", "?x", "?latest", "//"} {
			r.poll(session+more).want(0, "1")
		}
	})
}

// TestSecondPollDisplacesTheFirst, which is answered at once, with nothing, and
// confirms nothing that the client does not have.
func TestSecondPollDisplacesTheFirst(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		polls := []*poll{r.poll(session)}
		for range 5 {
			pass(time.Second)
			second := r.poll(session)
			if got := polls[len(polls)-1].want(time.Second); got != session {
				t.Errorf("the first is to go on with %s instead of %s", got, session)
			}
			polls = append(polls, second)
		}
		last := polls[len(polls)-1]
		last.wantWaiting()
		r.tell(session, "1")
		pass(0)
		last.want(0, "1")
	})
}

// TestDisplacedWithNews: the first poll was told of a message, and before it
// could fetch that, a second one took its place. The message goes to the
// second, and the token of the first does not confirm it.
func TestDisplacedWithNews(t *testing.T) {
	bubble(t, firenze.Options{Delay: time.Second}, func(t *testing.T, r *rig) {
		session := r.open()
		first := r.poll(session)
		r.tell(session, "1")
		pass(0)
		r.poll(session).want(0, "1")
		next := first.want(0)
		if next != session {
			t.Errorf("the first is to go on with %s instead of %s", next, session)
		}
		r.poll(next).want(0, "1")
	})
}

// TestGoodBye: the session is over at once, and a poll that waits is told.
func TestGoodBye(t *testing.T) {
	for name, bye := range map[string]func(r *rig, session string) int{
		"DELETE":       func(r *rig, session string) int { return r.ask("DELETE", "/"+session).Code },
		"POST":         func(r *rig, session string) int { return r.ask("POST", "/"+session+"/bye").Code },
		"with a slash": func(r *rig, session string) int { return r.ask("DELETE", "/"+session+"/").Code },
		"without a number": func(r *rig, session string) int {
			return r.ask("DELETE", "/"+strings.TrimSuffix(session, "-0")).Code
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
				session := r.open()
				p := r.poll(session)
				if code := bye(r, session); code != http.StatusNoContent {
					t.Errorf("answered %d", code)
				}
				pass(0)
				p.want(0)
				if r.alive(session) {
					t.Error("the registry still knows the session")
				}
				if got := r.Stats(); got != (firenze.Stats{Left: 1}) {
					t.Errorf("stats are %+v", got)
				}
				r.poll(session).wantNew(session)
			})
		})
	}
}
