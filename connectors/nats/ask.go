package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	client "github.com/nats-io/nats.go"
)

var (
	// ErrApart says that there is no connection to NATS now.
	ErrApart = errors.New("this node is cut off from the others")
	// ErrNobody says that no node of that name is there.
	ErrNobody = errors.New("there is no such node")
)

// A Refusal is the answer of a node that can't, or won't, do what it is asked.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return "the other node says: " + r.Reason }

// A Handler answers a question of the node named from. Ctx ends with the link to
// NATS. An error is told to the one who asks.
type Handler func(ctx context.Context, from string, question []byte) (answer []byte, err error)

// The bounds of questions. A question is one message of NATS, which has its own
// bound, 1 MiB by default. An answer goes in pieces.
const (
	MaxAnswer     = 8 << 20
	pieceSize     = 256 << 10
	mostQuestions = 64      // that are answered at a time
	mostWaiting   = 1 << 12 // questions; one that comes then gets no answer
)

// The first byte of a piece of an answer.
const (
	moreFollows = '+'
	lastPiece   = '.'
	refusal     = '!'
)

type questions struct {
	open atomic.Int32 // that are being answered

	mu       sync.Mutex // guards handlers
	handlers map[string]Handler
}

// Handle has questions of a kind answered from now on, each in a goroutine of its
// own. A kind is a word of letters. Handle panics if it is not, or is handled
// already.
func (n *Node) Handle(kind string, h Handler) {
	q := &n.questions
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.handlers[kind] != nil || kind == "" || string(appendToken(nil, kind)) != kind {
		panic(fmt.Sprintf("nats: %q can't be a kind of question, or is one already", kind))
	}
	q.handlers[kind] = h
}

// settle waits until all questions are answered that are open now, or for long
// enough for that: others may come all the time.
func (q *questions) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveTimeout)
	defer cancel()
	for q.open.Load() > 0 && ctx.Err() == nil {
		time.Sleep(lookAgain)
	}
}

func (q *questions) handler(kind string) Handler {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.handlers[kind]
}

// Ask asks the node with this name, and waits for the answer or until ctx ends,
// whose error it then returns: give it a deadline, as the question may be lost, and
// the other node with it. The answer may be of [MaxAnswer] bytes. Other errors are
// [ErrApart], [ErrNobody], and a *[Refusal].
func (n *Node) Ask(ctx context.Context, node, kind string, question []byte) (answer []byte, err error) {
	l := n.current.Load()
	if l == nil {
		return nil, ErrApart
	}
	inbox := client.NewInbox()
	sub, err := l.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, ErrApart
	}
	defer func() { _ = sub.Unsubscribe() }() // it is gone with the connection, too
	subject := ownSubject(askSubjects, node) + "." + kind
	if err := l.conn.PublishRequest(subject, inbox, append([]byte(n.name+"\n"), question...)); err != nil {
		return nil, fmt.Errorf("asking node %q: %w", node, err)
	}
	return gather(ctx, sub)
}

// gather puts an answer together.
func gather(ctx context.Context, sub *client.Subscription) (answer []byte, err error) {
	for {
		m, err := sub.NextMsgWithContext(ctx)
		switch {
		case errors.Is(err, client.ErrNoResponders), err == nil && m.Header.Get("Status") == "503":
			return nil, ErrNobody
		case err != nil && ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil || len(m.Data) == 0 || len(answer)+len(m.Data) > MaxAnswer+1:
			return nil, ErrApart
		case m.Data[0] == refusal:
			return nil, &Refusal{string(m.Data[1:])}
		}
		if answer = append(answer, m.Data[1:]...); m.Data[0] == lastPiece {
			return answer, nil
		}
	}
}

// answerAll answers questions until the link ends, each in a goroutine.
func (l *link) answerAll() {
	var all sync.WaitGroup
	defer all.Wait()
	seats := make(chan struct{}, mostQuestions)
	for {
		select {
		case <-l.ctx.Done():
			return
		case m := <-l.asks:
			select {
			case <-l.ctx.Done():
				return
			case seats <- struct{}{}:
				all.Go(func() {
					defer func() { <-seats }()
					l.reply(m)
				})
			}
		}
	}
}

func (l *link) reply(m *client.Msg) {
	l.questions.open.Add(1)
	defer l.questions.open.Add(-1)
	kind := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]
	from, question, _ := strings.Cut(string(m.Data), "\n")
	answer, err := l.handle(kind, from, []byte(question))
	if err == nil && len(answer) > MaxAnswer {
		err = fmt.Errorf("the answer is %d bytes long, at most %d are allowed", len(answer), MaxAnswer)
	}
	if err != nil {
		_ = m.Respond(append([]byte{refusal}, err.Error()...)) // who asks finds out when the link is gone
		return
	}
	for sign := byte(moreFollows); sign == moreFollows; {
		n := min(len(answer), pieceSize)
		if n == len(answer) {
			sign = lastPiece
		}
		_ = m.Respond(append([]byte{sign}, answer[:n]...))
		answer = answer[n:]
	}
}

func (l *link) handle(kind, from string, question []byte) (answer []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			slog.Error("a question of another node makes its handler panic", "kind", kind, "panic", reason)
			err = errors.New("the handler panicked")
		}
	}()
	h := l.questions.handler(kind)
	if h == nil {
		return nil, fmt.Errorf("nobody handles questions of kind %.80q", kind)
	}
	return h(l.ctx, from, question)
}
