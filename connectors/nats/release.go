package nats

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
)

// holds says what sessions hear that are here. It does not wait for one that is
// about to come: nodes that wait for each other would never come to an end.
func (n *Node) holds(_ context.Context, _ string, q holdsQuestion) (holdsAnswer, error) {
	answer := holdsAnswer{Heard: map[string][]pig.Heard{}}
	for _, id := range q.IDs {
		if n.arrivals.find(id) != nil {
			answer.Coming = append(answer.Coming, id)
			continue
		}
		if _, here := n.sessions.Session(id); here && (q.Key == "" || n.sessions.HasKey(id, q.Key)) {
			answer.Heard[id] = n.heardBy(id)
		}
	}
	return answer, nil
}

// heardBy returns what an id hears, sorted, and never nil.
func (n *Node) heardBy(id string) []pig.Heard {
	r, _ := n.owl.Receiver(id)
	slices.SortFunc(r.Heard, func(a, b pig.Heard) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return append([]pig.Heard{}, r.Heard...)
}

// sumOf is different for what is heard differently.
func sumOf(heard []pig.Heard) []byte {
	sum := sha256.New()
	for _, h := range heard {
		fmt.Fprintf(sum, "%t %q\n", h.Pattern, h.Text)
	}
	return sum.Sum(nil)
}

var errGap = errors.New("updates of another node were lost")

// release takes sessions out.
func (n *Node) release(ctx context.Context, _ string, q releaseQuestion) (a releaseAnswer, err error) {
	if err := n.drain(ctx); err != nil {
		return a, err
	}
	var forget []func()
	a.Position = n.still(func() {
		if !n.isWhole() {
			err = errGap
			return
		}
		size := 0
		for id, sum := range q.Heard {
			heard := n.heardBy(id)
			if size > answerSize || !n.owl.IsAdmitted(id) || string(sum) != string(sumOf(heard)) {
				continue
			}
			s, then, err := n.sessions.Release(id)
			if err != nil {
				continue // it is busy or over, as the next question will tell
			}
			n.owl.Forget(id) // from now on it is told only what is meant for it where it goes
			n.released.Store(id, nil)
			forget = append(forget, func() { then(); n.released.Delete(id) })
			a.Sessions = append(a.Sessions, released{s, heard})
			size += sizeOf(&s)
		}
	})
	for _, f := range forget {
		f()
	}
	n.counters.released.Add(uint64(len(a.Sessions)))
	return a, cmp.Or(err, n.Flush(ctx)) // what these have had must not come after them
}

// sizeOf is about how long a snapshot is in an answer.
func sizeOf(s *firenze.Snapshot) (size int) {
	for _, m := range s.Messages {
		size += len(m.Path) + len(m.Message) + 64
	}
	return size + 512
}
