package pomona_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestRunEndsTheSession(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		s.push("ID/5")
		poll := <-s.polls
		s.backEnd.quiet(t)
		go func() {
			end := <-s.ends
			if end.token() != "ID/5" {
				t.Errorf("the end is of %q, want %q", end.token(), "ID/5")
			}
			if poll.Context().Err() == nil || end.Context().Err() != nil {
				t.Error("a poll still waits, or the end is cut off")
			}
			end.respond(http.StatusNoContent, http.NoBody)
		}()
		s.stop()

		s.start(t)
		poll = <-s.polls
		if poll.token() != "" {
			t.Errorf("the next Run begins with %q, want a new session", poll.token())
		}
		s.On("a", new(thestraltest.Recorder))
		time.Sleep(time.Second)
		s.quiet(t) // the old id is good for nothing
		poll.updates("NEW/0")
		s.accept(t, "connect NEW: a", nil)
	})
}

func TestRunDoesNotWaitLongForTheEnd(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		s.push("ID/5")
		<-s.polls
		began := time.Now()
		s.stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Run went on for %v, want at most 5s", took)
		}
	})
}

func TestRunWithoutASessionHasNothingToEnd(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		<-s.polls
		s.stop()
		if waits(s.ends) {
			t.Error("a session was ended that had not begun")
		}
	})
}

func TestRunTwice(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		synctest.Wait()
		if err := s.Run(t.Context()); err == nil {
			t.Error("a second Run was let go on")
		}
		s.push("ID/0")
		if poll := <-s.polls; poll.token() != "ID/0" {
			t.Errorf("the first Run asks for %q, want %q", poll.token(), "ID/0")
		}
	})
}

func TestRunRefusesWhatIsNoURL(t *testing.T) {
	connect := func(context.Context, string, []string) error { return nil }
	for _, url := range []string{"", "/comet/", "localhost:8008", "http://%zz/", "http:///comet/"} {
		err := pomona.New(url, pomona.Options{Connect: connect}).Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "http://localhost:8008/comet/") {
			t.Errorf("Run with %q returned %v, want an error that says how it is written", url, err)
		}
	}
}

func TestNewNeedsConnect(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "Options.Connect") {
			t.Errorf("New panicked with %q, want Options.Connect named", text)
		}
	}()
	pomona.New(prefix, pomona.Options{})
}

func TestOnRefuses(t *testing.T) {
	s := newSetup(t)
	for _, path := range []string{"", "a/*", "a*b", "**", "::connect", "a\n", strings.Repeat("x", 256)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("On took %q", path)
				}
			}()
			s.On(path, new(thestraltest.Recorder))
		}()
	}
	s.On(strings.Repeat("x", 255), new(thestraltest.Recorder))
}
