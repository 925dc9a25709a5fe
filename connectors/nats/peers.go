package nats

import (
	"log/slog"
	"slices"
	"sync"
	"time"
)

// A peer is what a node knows of a run of another one. Whatever number that node
// has passed came here, or had nobody here to hear it, as long as the marks come
// one after the other: NATS keeps the order of what one connection sends to
// another, and a mark is missing when either of them, or something between, broke.
//
//	what comes                      what it means
//	the next mark                   all is well
//	a mark that was skipped to,     something may be missing: nothing is taken until the
//	a letter of another mark        other node has gone back to what was the last
//	a mark at or before the last    it has gone back: all that follows is taken
//	a letter at or before the last  it came before: by another subscription, or again
//	a mark that says isLost         what is missing is lost for good
//
// A peer is a plain state machine, and so are all of them together: the time is
// handed in.
type peer struct {
	mark   uint64 // the last that was seen
	last   uint64 // the newest letter that came, or that the last mark told of
	until  uint64 // what the node had sent when it was last known to be broken
	broken bool   // nothing is taken now
	gone   bool   // it was silent already when it broke, so nothing is missing

	seen  time.Duration // when something came
	asked time.Duration // when the node was asked to go back; 0 for not yet
}

// The times of peers.
const (
	askAgain = time.Second      // after which a question is taken for lost
	patience = 10 * time.Second // with a node that is asked and says nothing
	oblivion = 2 * keptAge      // after which a silent node has nothing left that it sent before
)

// mostPeers is how many runs of nodes can be followed.
const mostPeers = 10_000

// peers are all that a node knows of.
type peers struct {
	mu      sync.Mutex       // guards what is below
	settled bool             // whoever is new was born since
	of      map[string]*peer // by origin
}

// A question asks a node to go back to what it sent after number.
type question struct {
	origin string
	number uint64
}

// letter says what to do with a letter: take it, ask for what is missing, or
// neither.
func (all *peers) letter(now time.Duration, l *letter) (take bool, ask *question) {
	all.mu.Lock()
	defer all.mu.Unlock()
	p, _ := all.get(now, l.origin)
	switch {
	case p == nil || p.broken:
		return false, nil
	case l.mark != p.mark:
		return false, p.breaks(now, l.origin)
	case l.number <= p.last:
		return false, nil
	}
	p.last = l.number
	return true, nil
}

// A lesson is what a sign teaches.
type lesson struct {
	isNew bool // the node was not known
	lost  bool // what it sent is lost for good
	ask   *question
}

// sign takes note of where another node stands.
func (all *peers) sign(now time.Duration, s *sign) (learnt lesson) {
	all.mu.Lock()
	defer all.mu.Unlock()
	p, isNew := all.get(now, s.origin)
	learnt.isNew = isNew
	switch {
	case p == nil && len(all.of) < mostPeers: // it was there before this node, which has missed nothing
		all.of[s.origin] = &peer{mark: s.mark, last: s.number, seen: now}
	case p == nil:
	case !p.broken && s.mark == p.mark+1, s.number <= p.last, s.word == isLost:
		learnt.lost = s.word == isLost && s.number > p.last
		p.mark, p.last, p.broken, p.asked = s.mark, max(p.last, s.number), false, 0
	default:
		p.mark, p.until = s.mark, max(p.until, s.number)
		learnt.ask = p.breaks(now, s.origin)
	}
	if s.word == leaves {
		learnt.lost = learnt.lost || p != nil && p.broken
		delete(all.of, s.origin)
	}
	return learnt
}

// get returns what is known of a node. One that is new was born just now, so all
// that it ever sent is of concern, if this one has settled; there is nothing to
// return if not. The caller holds the lock.
func (all *peers) get(now time.Duration, origin string) (p *peer, isNew bool) {
	p, known := all.of[origin]
	if !known && all.settled {
		if len(all.of) == mostPeers {
			slog.Error("there are more nodes than can be followed", "nodes", mostPeers)
			return nil, false
		}
		p = &peer{}
		all.of[origin] = p
	}
	if p != nil {
		p.seen = now
	}
	return p, !known
}

// breaks has nothing taken any more, and returns what to ask unless that was asked
// just now.
func (p *peer) breaks(now time.Duration, origin string) *question {
	p.broken, p.gone = true, false
	if p.asked > 0 && now-p.asked < askAgain {
		return nil
	}
	p.asked = now
	return &question{origin, p.last}
}

// settle ends the time in which a node gets to know those who were there before.
func (all *peers) settle() {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.settled = true
}

// interrupt notes that something of any node may be missing from here on.
func (all *peers) interrupt(now time.Duration) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, p := range all.of {
		if !p.broken {
			p.broken, p.gone = true, now-p.seen > patience
		}
	}
}

// resume begins to wait for those that are broken: now they can be heard again.
func (all *peers) resume(now time.Duration) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, p := range all.of {
		if p.broken && !p.gone {
			p.seen, p.asked = now, 0
		}
	}
}

// review returns what is to be asked again, and whether a node has been silent for
// so long that what is missing of it will not come. Lost are the names of those.
func (all *peers) review(now time.Duration) (ask []question, lost []string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for origin, p := range all.of {
		silent := now - p.seen
		switch {
		case p.broken && !p.gone && silent > patience:
			lost = append(lost, nameOf(origin))
			delete(all.of, origin)
		case silent > oblivion:
			delete(all.of, origin)
		case p.broken && p.asked > 0:
			if q := p.breaks(now, origin); q != nil {
				ask = append(ask, *q)
			}
		}
	}
	return ask, lost
}

// present is how long a node counts as there after it was heard.
const present = 3 * time.Second

// names returns the names of the nodes that are there, sorted.
func (all *peers) names(now time.Duration) (names []string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for origin, p := range all.of {
		if now-p.seen < present {
			names = append(names, nameOf(origin))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// known is how many runs of nodes are known.
func (all *peers) known() int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return len(all.of)
}
