package pomona_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestReconnectWithIsTakenWhole(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		tokens := []string{"", "ID/a/b?c=%2F", "ID/", "ID"}
		for i, token := range tokens {
			poll := <-s.polls
			if got := poll.token(); got != token {
				t.Errorf("poll %d asks for %q, want %q", i, got, token)
			}
			if i+1 < len(tokens) {
				poll.updates(tokens[i+1])
			}
		}
		if s.lost != 0 {
			t.Errorf("the session was lost %d times, want 0", s.lost)
		}
	})
}

func TestUpdatesArriveInOrder(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		var a, b thestraltest.Recorder
		s.On("a", &a)
		s.On("b", &b)
		s.push("ID/0")
		s.push("ID/1", "a", "", "a", "1", "b", "\r\n ", "c", "no", "b", "2", "a", "", "a", " 3 ")
		s.push("ID/2", "a", "4")
		if diff := cmp.Diff([]string{"", "1", " 3 ", "4"}, a.Messages("a")); diff != "" {
			t.Errorf("a (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"", "2"}, b.Messages("b")); diff != "" {
			t.Errorf("b (-want +got):\n%s", diff)
		}
		if sender := a.Senders()[0]; sender != nil {
			t.Errorf("the sender is %v, want nil", sender)
		}
	})
}

// What Firenze says is data. It can't speak to the dispatcher inside.
func TestControlPathsAreNotObeyed(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		log := keepLog(t)
		s.push("ID/0", "::connect", "ID->a", "::gone", "ID", "::+::disconnect", "nobody's", "", "", "a*b", "m")
		if log.String() != "" {
			t.Errorf("something was done with control paths: %s", log)
		}
	})
}

func TestFailedPollsAreRepeated(t *testing.T) {
	answer := func(status int, body string) func(*exchange) {
		return func(e *exchange) { e.respond(status, strings.NewReader(body)) }
	}
	good := `{"updates":[{"path":"a","message":"no"}],"reconnectWith":"ID/9"}`
	for name, fail := range map[string]func(*exchange){
		"a lost connection":         func(e *exchange) { e.answers <- nil },
		"a server error":            answer(502, good),
		"a refusal":                 answer(403, good),
		"no content":                answer(204, ""),
		"a page of a proxy":         answer(200, "<html>"),
		"nothing":                   answer(200, ""),
		"null":                      answer(200, "null"),
		"another kind of JSON":      answer(200, "[]"),
		"half an answer":            answer(200, good[:40]),
		"two answers":               answer(200, good+good),
		"an empty reconnectWith":    answer(200, `{"updates":[],"reconnectWith":""}`),
		"no updates":                answer(200, `{"reconnectWith":"ID/9"}`),
		"an update that is text":    answer(200, `{"updates":["a"],"reconnectWith":"ID/9"}`),
		"a message that is no text": answer(200, `{"updates":[{"path":"a","message":1}],"reconnectWith":"ID/9"}`),
		"an answer that breaks off": func(e *exchange) { e.respond(200, brokenBody{strings.NewReader(good[:40])}) },
		"an answer that is too long": func(e *exchange) {
			e.respond(200, io.MultiReader(strings.NewReader(good), blanks(8<<20+1-len(good)), trap{t}))
		},
		"an answer that never begins": func(*exchange) { time.Sleep(45 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, s *setup) {
				var a thestraltest.Recorder
				s.On("a", &a)
				s.push("ID/0")
				fail(<-s.polls)
				synctest.Wait()
				failed := time.Now()
				again := <-s.polls
				if rested := time.Since(failed); rested >= 250*time.Millisecond {
					t.Errorf("the poll was repeated after %v, want less than 250ms", rested)
				}
				if again.token() != "ID/0" {
					t.Errorf("the repeated poll asks for %q, want %q", again.token(), "ID/0")
				}
				again.updates("ID/1", "a", "yes")
				if diff := cmp.Diff([]string{"", "yes"}, a.Messages("a")); diff != "" {
					t.Errorf("messages (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func blanks(n int) io.Reader { return strings.NewReader(strings.Repeat(" ", n)) }

// trap must not be read.
type trap struct{ t *testing.T }

func (b trap) Read([]byte) (int, error) {
	b.t.Error("more of the answer was read than is allowed")
	return 0, io.EOF
}

type brokenBody struct{ io.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestLongestAnswer(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		body := `{"updates":[],"reconnectWith":"ID/9"}`
		(<-s.polls).respond(200, io.MultiReader(strings.NewReader(body), blanks(8<<20-len(body))))
		if poll := <-s.polls; poll.token() != "ID/9" {
			t.Errorf("the poll asks for %q, want %q", poll.token(), "ID/9")
		}
	})
}

func TestPollIsGivenUpAfter45Seconds(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		poll := <-s.polls
		time.Sleep(45*time.Second - 1)
		synctest.Wait()
		if err := poll.Context().Err(); err != nil {
			t.Fatalf("given up too early: %v", err)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if poll.Context().Err() == nil {
			t.Fatal("the poll was not given up")
		}
	})
}

func TestRestsGrowAndAreAtRandom(t *testing.T) {
	run(t, func(t *testing.T, s *setup) {
		most := 250 * time.Millisecond
		longest, short := time.Duration(0), 0
		for i := range 60 {
			(<-s.polls).answers <- nil
			synctest.Wait()
			failed := time.Now()
			waiting := <-s.polls
			rested := time.Since(failed)
			if rested >= most {
				t.Errorf("rest %d is %v, want less than %v", i, rested, most)
			}
			longest = max(longest, rested)
			if rested < most/2 {
				short++
			}
			most = min(2*most, 10*time.Second)
			s.polls <- waiting
		}
		if longest < 5*time.Second || short == 0 {
			t.Errorf("of 60 rests the longest is %v and %d are short, want more than 5s and some", longest, short)
		}
		s.push("ID/0")
		(<-s.polls).answers <- nil
		synctest.Wait()
		failed := time.Now()
		<-s.polls
		if rested := time.Since(failed); rested >= 250*time.Millisecond {
			t.Errorf("the first rest after a good answer is %v, want less than 250ms", rested)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"7":                             7 * time.Second,
		"300":                           5 * time.Minute,
		"301":                           5 * time.Minute,
		"9999999999":                    5 * time.Minute,
		"-5":                            0,
		"Fri, 31 Dec 1999 23:59:59 GMT": 0,
	} {
		t.Run(header, func(t *testing.T) {
			run(t, func(t *testing.T, s *setup) {
				(<-s.polls).respond(503, http.NoBody, "Retry-After", header)
				failed := time.Now()
				<-s.polls
				if over := time.Since(failed) - want; over <= 0 || over >= 250*time.Millisecond {
					t.Errorf("repeated %v after the time that was asked for, want a time at random up to 250ms", over)
				}
			})
		})
	}
}

func TestKeyIsNeverLogged(t *testing.T) {
	const key = "SECRET"
	for name, body := range map[string]string{
		"lost":       `{"updates":[],"reconnectWith":"ID/` + key + `"}`,
		"not in URL": `{"updates":[],"reconnectWith":"ID/%` + key + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			log := keepLog(t)
			run(t, func(t *testing.T, s *setup) {
				(<-s.polls).respond(200, strings.NewReader(body))
				for range 2 {
					if waits(s.polls) {
						(<-s.polls).answers <- nil
					}
					time.Sleep(time.Second)
				}
			})
			if n := strings.Count(log.String(), "\n"); n != 1 || strings.Contains(log.String(), key) {
				t.Errorf("the log is %q, want the failure, once and without the key", log)
			}
		})
	}
}
