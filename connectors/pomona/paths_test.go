package pomona_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func wantMessages(t *testing.T, r *thestraltest.Recorder, path string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, r.Messages(path)); diff != "" {
		t.Errorf("messages of %q (-want +got):\n%s", path, diff)
	}
}

func TestPathsOfOneMomentTravelTogether(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		r := new(thestraltest.Recorder)
		s.On("b", r)
		s.On("a", r)
		s.On("b", r)
		synctest.Wait()
		s.quiet(t)
		s.push("ID/0")
		s.accept(t, "connect ID: a b", nil)
		s.On("d", r)
		s.On("c", r)
		s.accept(t, "connect ID: c d", nil)
		time.Sleep(15 * time.Second)
		s.quiet(t)
	})
}

func TestLastReceiverThatGoesDisconnects(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		one, other := new(thestraltest.Recorder), new(thestraltest.Recorder)
		off1, off2 := s.On("a", one), s.On("a", other)
		s.push("ID/0")
		s.accept(t, "connect ID: a", nil)
		s.push("ID/1", "a", "", "a", "1")
		off1()
		off1()
		s.push("ID/2", "a", "2")
		time.Sleep(time.Second)
		s.quiet(t)
		wantMessages(t, one, "a", "", "1")
		wantMessages(t, other, "a", "", "1", "2")
		off2()
		s.accept(t, "disconnect ID: a", nil)
		s.push("ID/3", "a", "3")
		wantMessages(t, other, "a", "", "1", "2")
		s.On("a", one)
		s.accept(t, "connect ID: a", nil)
	})
}

func TestWhatComesAndGoesIsNotAskedFor(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		s.push("ID/0")
		time.Sleep(time.Second)
		s.On("a", new(thestraltest.Recorder))()
		time.Sleep(time.Second)
		s.quiet(t)
	})
}

func TestWithoutDisconnectPathsStayConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t)
		s.Client = pomona.New(strings.TrimSuffix(prefix, "/"), pomona.Options{
			Connect:    s.asker("connect"),
			Transports: []pomona.Transport{pomona.Poll},
			HTTP:       &http.Client{Transport: s.server},
		})
		s.start(t)
		r := new(thestraltest.Recorder)
		off := s.On("a", new(thestraltest.Recorder))
		s.push("ID/0")
		s.accept(t, "connect ID: a", nil)
		s.push("ID/1", "a", "")
		off()
		s.push("ID/2", "a", "1")
		time.Sleep(time.Second)
		s.On("a", r)
		time.Sleep(time.Second)
		s.quiet(t)
		s.push("ID/3", "a", "2")
		wantMessages(t, r, "a", "", "2")
		s.push("NEW/0")
		s.accept(t, "connect NEW: a", nil)
	})
}

func TestRequestsNeverOvertakeEachOther(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		r := new(thestraltest.Recorder)
		off := s.On("a", r)
		s.push("ID/0")
		connect := <-s.backEnd
		off()
		s.On("b", r)
		time.Sleep(time.Second)
		s.quiet(t)
		connect.results <- nil
		s.accept(t, "connect ID: b", nil)
		disconnect := <-s.backEnd
		s.On("a", r)
		time.Sleep(time.Second)
		s.quiet(t)
		disconnect.results <- nil
		s.accept(t, "connect ID: a", nil)
	})
}

func TestLateReceiverOfAConnectedPath(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		late := new(thestraltest.Recorder)
		s.On("a", new(thestraltest.Recorder))
		s.push("ID/0")
		s.accept(t, "connect ID: a", nil)
		s.push("ID/1", "a", "", "a", "1")
		s.On("a", late)
		s.push("ID/2", "a", "2")
		wantMessages(t, late, "a", "", "2")
		s.On("a", panicker{}) // it panics at once, and that stays with it
		s.push("ID/3", "a", "3")
		wantMessages(t, late, "a", "", "2", "3")
	})
}

type panicker struct{}

func (panicker) Update(_ thestral.Thestral, path, message string) { panic(path + message) }
func (panicker) Next() []thestral.Thestral                        { return nil }

func TestNewSession(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		r := new(thestraltest.Recorder)
		s.On("a", r)
		off := s.On("b", r)
		s.push("ID/0")
		s.accept(t, "connect ID: a b", nil)
		s.push("ID/1", "a", "", "b", "", "a", "1")
		if s.lost != 0 {
			t.Errorf("Lost was called %d times, want 0", s.lost)
		}
		s.push("NEW/0")
		off()
		if s.lost != 1 {
			t.Errorf("Lost was called %d times, want 1", s.lost)
		}
		s.accept(t, "connect NEW: a", nil)
		s.push("NEW/1", "a", "", "a", "2")
		wantMessages(t, r, "a", "", "1", "", "2")
	})
}

func TestRequestOfTheOldSessionDoesNotCount(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		s.On("a", new(thestraltest.Recorder))
		s.push("ID/0")
		old := <-s.backEnd
		s.push("NEW/0")
		old.results <- nil
		s.accept(t, "connect NEW: a", nil)
	})
}

func TestBackEndEndsAConnection(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		r := new(thestraltest.Recorder)
		s.On("a", r)
		s.push("ID/0")
		s.push("ID/1", "a", "", "a", "1", "::+::disconnect", "a")
		s.push("ID/2", "a", "", "a", "2")
		wantMessages(t, r, "a", "", "1", "", "2")
	})
}

// A path that is given up and wanted again may still get messages of its first
// connection; the empty message of the second must come all the same, even if
// nothing told of the end of the first.
func TestWantedAgainWhileItIsGivenUp(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		r := new(thestraltest.Recorder)
		off := s.On("a", new(thestraltest.Recorder))
		s.push("ID/0")
		s.accept(t, "connect ID: a", nil)
		s.push("ID/1", "a", "")
		off()
		disconnect := <-s.backEnd
		s.On("a", r)
		s.push("ID/2", "a", "old")
		disconnect.results <- nil
		s.accept(t, "connect ID: a", nil)
		s.push("ID/3", "a", "", "a", "new")
		wantMessages(t, r, "a", "", "old", "", "new")
	})
}

func TestFailedRequestIsRepeated(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		log := keepLog(t)
		r := new(thestraltest.Recorder)
		off := s.On("a", r)
		s.On("b", r)
		s.push("ID/0")
		s.accept(t, "connect ID: a b", errors.New("no"))
		failed := time.Now()
		off()
		s.On("c", r)
		again := <-s.backEnd
		if rested := time.Since(failed); rested >= 250*time.Millisecond {
			t.Errorf("repeated after %v, want less than 250ms", rested)
		}
		if again.String() != "connect ID: b c" {
			t.Errorf("repeated as %q, want what is wanted by then", again)
		}
		time.Sleep(30 * time.Second) // it never answers
		s.accept(t, "connect ID: b c", nil)
		if n := strings.Count(log.String(), "back-end"); n != 1 {
			t.Errorf("a row of failures is logged %d times, want once: %s", n, log)
		}
	})
}

func TestFailedDisconnectIsRepeatedUnlessWantedAgain(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		r := new(thestraltest.Recorder)
		off1, off2 := s.On("a", r), s.On("b", r)
		s.push("ID/0")
		s.accept(t, "connect ID: a b", nil)
		off1()
		off2()
		s.accept(t, "disconnect ID: a b", errors.New("no"))
		s.On("b", r)
		s.accept(t, "disconnect ID: a", nil)
		time.Sleep(15 * time.Second)
		s.quiet(t)
	})
}

func TestRefusal(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		log := keepLog(t)
		r := new(thestraltest.Recorder)
		s.On("a", r)
		s.push("ID/0")
		s.accept(t, "connect ID: a", fmt.Errorf("%w: not yours", pomona.ErrRefused))
		if !strings.Contains(log.String(), "not yours") {
			t.Errorf("the log is %q, want the refusal", log)
		}
		time.Sleep(15 * time.Second)
		s.quiet(t)
		s.push("NEW/0")
		s.accept(t, "connect NEW: a", nil)
		off := s.On("b", r)
		s.accept(t, "connect NEW: b", nil)
		off()
		s.accept(t, "disconnect NEW: b", pomona.ErrRefused)
		time.Sleep(15 * time.Second)
		s.quiet(t)
		if n := strings.Count(log.String(), `msg="the back-end refused`); n != 1 {
			t.Errorf("refusals are logged %d times, want only that of the connect: %s", n, log)
		}
	})
}

func TestReceiverThatPanicsOrNeverReturns(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		r, stuck := new(thestraltest.Recorder), make(chan struct{})
		defer close(stuck)
		s.On("a", thestral.Func(func(thestral.Thestral, string, string) { panic("mine") }))
		s.On("a", panicker{})
		s.On("a", thestral.Func(func(thestral.Thestral, string, string) { <-stuck }))
		s.On("a", r)
		s.push("ID/0")
		s.push("ID/1", "a", "", "a", "1")
		wantMessages(t, r, "a", "", "1")
	})
}
