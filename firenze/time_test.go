package firenze_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestPollWaitsForTheHoldTime(t *testing.T) {
	for _, c := range []struct{ option, want time.Duration }{
		{0, 30 * time.Second}, {-1, 30 * time.Second}, {time.Second, time.Second}, {7*time.Minute + 1, 7*time.Minute + 1},
	} {
		bubble(t, firenze.Options{Hold: c.option}, func(t *testing.T, r *rig) {
			session := r.open()
			for range 2 {
				p := r.poll(session)
				pass(c.want - 1)
				p.wantWaiting()
				pass(1)
				if next := p.want(c.want); next != session {
					t.Errorf("nothing happened, and %s became %s", session, next)
				}
			}
		})
	}
}

func TestPollIsAnsweredAtOnce(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		p := r.poll(session)
		pass(10 * time.Second)
		r.tell(session, "1")
		pass(0)
		session = p.want(10*time.Second, "1")
		pass(10 * time.Second)
		r.tell(session, "2", "3")
		pass(10 * time.Second)
		session = r.poll(session).want(0, "2", "3") // what came between polls travels together
		r.poll(session).wantWaiting()
	})
}

func TestDelayGathers(t *testing.T) {
	bubble(t, firenze.Options{Delay: 250 * time.Millisecond}, func(t *testing.T, r *rig) {
		session := r.open()
		p := r.poll(session)
		pass(time.Second)
		r.tell(session, "1")
		pass(100 * time.Millisecond)
		r.tell(session, "2") // which does not put it off
		pass(150*time.Millisecond - 1)
		p.wantWaiting()
		r.tell(session, "3")
		pass(1)
		session = p.want(1250*time.Millisecond, "1", "2", "3")
		r.tell(session, "4")
		session = r.poll(session).want(0, "4")
		p = r.poll(session)
		r.tell(session, "5")
		pass(250 * time.Millisecond)
		p.want(250*time.Millisecond, "5")
	})
}

// TestDelayEndsEarly when the poll has nothing to gather any more.
func TestDelayEndsEarly(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(r *rig, session string)
		want []string
	}{
		"displaced": {func(r *rig, session string) { r.poll(session) }, nil},
		"drained":   {func(r *rig, session string) { r.Drain() }, []string{"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, firenze.Options{Delay: time.Hour}, func(t *testing.T, r *rig) {
				session := r.open()
				p := r.poll(session)
				r.tell(session, "1")
				pass(time.Second)
				p.wantWaiting()
				c.end(r, session)
				pass(0)
				p.want(time.Second, c.want...)
			})
		})
	}
}

// TestDelayIsForMessages: a poll that is told of something else does not gather.
func TestDelayIsForMessages(t *testing.T) {
	for name, end := range map[string]func(r *rig, session string){
		"displaced": func(r *rig, session string) { r.poll(session) },
		"over":      func(r *rig, session string) { r.ask("DELETE", "/"+session) },
		"told of both": func(r *rig, session string) {
			r.tell(session, "1")
			r.ask("DELETE", "/"+session)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, firenze.Options{Delay: time.Second}, func(t *testing.T, r *rig) {
				session := r.open()
				p := r.poll(session)
				end(r, session)
				pass(0)
				p.want(0)
			})
		})
	}
}

// TestAbsence: a session is over when no request came for that long, not
// before, and at most a tick later. The registry is told, and the next request
// gets another id. At which moment between two ticks it began changes nothing.
func TestAbsence(t *testing.T) {
	for _, c := range []struct{ option, want, phase time.Duration }{
		{0, 30 * time.Second, 0},
		{0, 30 * time.Second, firenze.Tick / 3},
		{0, 30 * time.Second, firenze.Tick - 1},
		{time.Second, time.Second, firenze.Tick - 1},
		{5 * time.Minute, 5 * time.Minute, firenze.Tick / 2},
	} {
		bubble(t, firenze.Options{Absence: c.option}, func(t *testing.T, r *rig) {
			var gone thestraltest.Recorder
			r.pig.On(thestral.Gone, &gone)
			r.ask("DELETE", "/"+r.open()) // the ticks count from here
			pass(c.phase)
			session := r.open()
			pass(c.want - 1)
			if !r.alive(session) {
				t.Errorf("the session is over too early, at %v after a tick", c.phase)
			}
			pass(firenze.Tick + 1)
			if r.alive(session) {
				t.Errorf("the session lives too long, at %v after a tick", c.phase)
			}
			if ids := gone.Messages(thestral.Gone); ids[len(ids)-1] != idOf(session) {
				t.Errorf("gone are %q", ids)
			}
			r.poll(session).wantNew(session)
			if got := r.Stats().StayedAway; got != 1 {
				t.Errorf("%d are counted", got)
			}
		})
	}
}

// TestAbsenceCountsFromTheEndOfAPoll, however that ended.
func TestAbsenceCountsFromTheEndOfAPoll(t *testing.T) {
	const hold = 10*time.Minute + firenze.Tick // of which a half is between two ticks
	for name, end := range map[string]func(r *rig, session string, p *poll){
		"hold":     func(_ *rig, _ string, p *poll) { pass(hold / 2); p.want(hold) },
		"message":  func(r *rig, session string, p *poll) { r.tell(session, "1"); pass(0); p.want(hold/2, "1") },
		"vanished": func(_ *rig, _ string, p *poll) { p.cancel(); pass(0) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, firenze.Options{Hold: hold}, func(t *testing.T, r *rig) {
				session := r.open()
				p := r.poll(session)
				pass(hold / 2) // to wait is not to be absent
				p.wantWaiting()
				end(r, session, p)
				pass(firenze.Absence - 1)
				if !r.alive(session) {
					t.Error("the session is over too early")
				}
				pass(firenze.Tick + 1)
				if r.alive(session) {
					t.Error("the session lives too long")
				}
			})
		})
	}
}

// TestAge: a session whose client comes, and does not confirm what it gets, is
// over when that is too old. The clock of messages is coarse: it may be early by
// a tick, or late.
func TestAge(t *testing.T) {
	for _, c := range []struct{ option, want, phase time.Duration }{
		{0, time.Minute, 0}, {0, time.Minute, firenze.Tick / 2}, {10 * time.Second, 10 * time.Second, firenze.Tick - 1},
	} {
		bubble(t, firenze.Options{MaxAge: c.option, Absence: time.Hour}, func(t *testing.T, r *rig) {
			session := r.open()
			pass(c.phase)
			r.tell(session, "1")
			pass(5 * time.Second)
			r.tell(session, "2")
			pass(c.want - 5*time.Second - firenze.Tick)
			r.poll(session).want(0, "1", "2")
			pass(2*firenze.Tick - 1)
			if r.alive(session) {
				t.Error("a message is too old, and the session goes on")
			}
			r.poll(session).wantNew(session)
			if diff := cmp.Diff(firenze.Stats{Sessions: 1, Overflowed: 1}, r.Stats()); diff != "" {
				t.Errorf("stats (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAgeOfWhatIsConfirmed does not matter.
func TestAgeOfWhatIsConfirmed(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		session := r.open()
		for range 20 {
			r.tell(session, "1")
			session = r.poll(session).want(0, "1")
			p := r.poll(session)
			pass(20 * time.Second)
			p.wantWaiting()
		}
		if !r.alive(session) {
			t.Error("the session is over")
		}
	})
}

// TestVanishedClientKeepsItsMessages: those that come while nobody notices, and
// those that the poll was about to get.
func TestVanishedClientKeepsItsMessages(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Second} {
		bubble(t, firenze.Options{Delay: delay}, func(t *testing.T, r *rig) {
			session := r.open()
			p := r.poll(session)
			r.tell(session, "1")
			p.cancel()
			r.tell(session, "2")
			pass(0)
			if p.waits() {
				t.Error("the poll of a client that is gone still waits")
			}
			r.tell(session, "3")
			r.poll(session).want(0, "1", "2", "3")
		})
	}
}
