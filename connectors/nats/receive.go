package nats

import (
	"log/slog"
	"strconv"
	"strings"
	"time"

	client "github.com/nats-io/nats.go"

	"github.com/rootspush/roots/thestral"
)

// receive takes what comes until the link ends.
func (l *link) receive() {
	ticker := time.NewTicker(markEvery)
	defer ticker.Stop()
	for {
		l.watchInbox()
		select {
		case <-l.ctx.Done():
			return
		case <-ticker.C:
			l.watchPeers()
		case m := <-l.inbox:
			l.taken++
			l.take(m)
		}
	}
}

// watchInbox notices that the inbox is full. Only then something may be dropped,
// and nobody else takes out of it: so if something was, it came after all that is
// in it now. From there on, until as much was taken as it held when it was last
// seen full, nothing can be relied on.
func (l *link) watchInbox() {
	if len(l.inbox) == cap(l.inbox) {
		if l.gapUntil = l.taken + cap(l.inbox); l.gapFrom == 0 {
			l.gapFrom = l.gapUntil
			l.counters.overflows.Add(1)
			slog.Warn("updates of other nodes come faster than they can be handed on, some are asked for again", "waiting", cap(l.inbox))
		}
	}
	switch {
	case l.gapFrom == 0 || l.taken < l.gapFrom:
	case l.taken <= l.gapUntil:
		l.peers.interrupt(l.now())
	default:
		l.gapFrom = 0
	}
}

// watchPeers asks again where there was no answer, and gives up where there will
// be none.
func (l *link) watchPeers() {
	l.gate.RLock()
	questions, lost := l.peers.review(l.now())
	note := l.gate.lost.Add(uint64(len(lost)))
	l.gate.RUnlock()
	for i := range questions {
		l.ask(&questions[i])
	}
	for _, name := range lost {
		l.misses(name, "the node is silent", note)
	}
}

// ask asks a node to send something again.
func (l *link) ask(q *question) {
	if q != nil {
		l.counters.interruptions.Add(1)
		slog.Warn("updates of another node may be missing, it is asked for them", "node", nameOf(q.origin), "after", q.number)
		l.publish(ownSubject(againSubjects, nameOf(q.origin)), []byte(q.String()))
	}
}

// String is how a question is written: "ORIGIN NUMBER".
func (q *question) String() string { return q.origin + " " + strconv.FormatUint(q.number, 10) }

// take does what m says.
func (l *link) take(m *client.Msg) {
	var err error
	switch kind := m.Subject; {
	case kind == passSubject:
		l.passed(m)
	case kind == markSubject:
		err = l.takeSign(string(m.Data))
	case strings.HasPrefix(kind, pathSubjects):
		err = l.takeLetter(m, l.takeUpdate)
	case strings.HasPrefix(kind, idSubjects):
		err = l.takeLetter(m, l.takeVerb)
	default:
		err = l.takeQuestion(string(m.Data))
	}
	if err != nil {
		l.refuse(err)
	}
}

func (l *link) takeSign(text string) error {
	s, err := parseSign(text)
	if err != nil {
		return err
	}
	l.gate.RLock()
	learnt, note := l.peers.sign(l.now(), &s), uint64(0)
	if learnt.lost {
		note = l.gate.lost.Add(1)
	}
	l.gate.RUnlock()
	switch {
	case learnt.isNew && nameOf(s.origin) == l.name:
		slog.Error("another node has the name of this one, each needs one of its own", "name", l.name)
	case learnt.isNew && s.word != leaves:
		slog.Info("another node is there", "node", nameOf(s.origin))
	case s.word == leaves:
		slog.Info("another node has left", "node", nameOf(s.origin))
	}
	if learnt.isNew {
		l.greet()
	}
	if learnt.lost {
		l.misses(nameOf(s.origin), "the node does not keep them any more", note)
	}
	l.ask(learnt.ask)
	return nil
}

// greet has this node set a mark at once, so that a new one knows of it.
func (l *link) greet() {
	select {
	case l.greetings <- struct{}{}:
	default:
	}
}

// takeLetter takes a letter that is the next of its node.
func (l *link) takeLetter(m *client.Msg, do func(subject string, letter *letter) error) error {
	letter, err := parseLetter(string(m.Data))
	if err != nil {
		return err
	}
	l.gate.RLock()
	defer l.gate.RUnlock()
	take, ask := l.peers.letter(l.now(), &letter)
	l.ask(ask)
	if !take {
		l.counters.dropped.Add(1)
		return nil
	}
	l.counters.received.Add(1)
	return do(m.Subject, &letter)
}

// takeUpdate hands an update on. It is not given to Dolores, who would have it
// sent out again.
func (l *link) takeUpdate(subject string, letter *letter) error {
	path, err := pathOf(subject)
	if err != nil {
		return err
	}
	l.arrivals.show(stamp{letter.origin, letter.number}, l.senderOf(letter), path, letter.body)
	thestral.Deliver(l.options.To, l.senderOf(letter), path, letter.body)
	return nil
}

// takeVerb does what is said to an id. Others may hear the same of an id that has
// moved, and do nothing.
func (l *link) takeVerb(subject string, letter *letter) error {
	path, message, _ := strings.Cut(letter.body, "\n")
	verb := subject[strings.LastIndexByte(subject, '.')+1:]
	id, _, _ := strings.Cut(message, "->")
	if verb == tellVerb {
		id, message, _ = strings.Cut(message, "\n")
	}
	to, known := l.lookup(id)
	switch {
	case verb == tellVerb || verb == obeyVerb && isConnection(path):
		if l.arrivals.showTo(id, record{stamp{letter.origin, letter.number}, l.senderOf(letter), path, message, verb == obeyVerb}) {
			return nil
		}
	}
	switch {
	case !known:
		l.counters.unknown.Add(1)
	case verb == tellVerb:
		thestral.Deliver(thestral.Prompted(to), l.senderOf(letter), path, message)
	case verb == obeyVerb && isConnection(path):
		thestral.Deliver(l.options.To, l.senderOf(letter), path, message)
	}
	return nil
}

// takeQuestion has this node go back in what it sends.
func (l *link) takeQuestion(text string) error {
	origin, after, _ := strings.Cut(text, " ")
	number, err := strconv.ParseUint(after, 10, 64)
	if err != nil || origin != l.origin {
		return nil // it was for an earlier run of this node
	}
	select {
	case l.goBacks <- number:
	default: // so many ask that this one will ask again
	}
	return nil
}

// misses is called when updates of another node are lost for good, as was noted.
func (l *link) misses(node, why string, note uint64) {
	l.counters.gaps.Add(1)
	slog.Error("updates of another node are lost, who is connected here begins anew", "node", node, "why", why)
	l.miss(note)
}
