package pomona

import (
	"math/rand/v2"
	"time"
)

// A transport may work in one network and not in the next, and some proxies let
// a stream open and then keep all that it says. So what works is found out by
// trying:
//
//	no first answer, and there never was one    demoted
//	the same, but it has worked                 demoted if it comes three times in a row
//	an end soon after the first answer          demoted if it comes three times in a row
//	an end later than that                      opened again
//
// The best one that is not demoted is used. When all are, the network or the
// server was at fault and no transport: all is forgotten.
const (
	// soon is how early a stream may not end, again and again.
	soon = 10 * time.Second
	// patience is how many failures in a row a transport that has worked may have.
	patience = 3
	// demotedTime is how long another is used in place of one that was demoted: at
	// most that, at least half of it, at random. It is doubled with each time up to
	// [longestDemoted], because each trial may cost openTime in which nothing is
	// heard.
	demotedTime    = 2 * time.Minute
	longestDemoted = time.Hour
)

// way is a transport and the experience with it.
type way struct {
	transport
	name      Transport
	worked    bool      // there was an answer since it was last demoted
	failures  int       // in a row
	demotions int       // in a row
	demoted   time.Time // until then
}

type ways []*way

func newWays(names []Transport) (all ways) {
	for _, name := range names {
		all = append(all, &way{transport: transports[name], name: name})
	}
	return all
}

// next returns what to use now, and until when: then a better one is to be tried
// again. The time is zero if there is no better one.
func (all ways) next(now time.Time) (use *way, until time.Time) {
	for _, w := range all {
		if !now.Before(w.demoted) {
			return w, until
		}
		if until.IsZero() || w.demoted.Before(until) {
			until = w.demoted
		}
	}
	for _, w := range all {
		*w = way{transport: w.transport, name: w.name}
	}
	return all[0], time.Time{}
}

// judge learns from a use that ended with err, after a first answer at the time
// first, if any. It reports whether that was fine.
func (w *way) judge(now, first time.Time, err error) (fine bool) {
	opened := !first.IsZero()
	w.worked = w.worked || opened
	if err == nil || opened && now.Sub(first) >= soon {
		w.failures, w.demotions = 0, 0
		return true
	}
	w.failures++
	if !w.worked || w.failures >= patience {
		half := min(demotedTime<<w.demotions, longestDemoted) / 2
		w.demoted = now.Add(half + rand.N(half))
		w.worked, w.failures, w.demotions = false, 0, min(w.demotions+1, 10) // more would overflow
	}
	return false
}
