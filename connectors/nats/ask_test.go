package nats

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestAsk(t *testing.T) {
	t.Parallel()
	a, b, _ := three(t)
	b.Handle("echo", func(_ context.Context, from string, question []byte) ([]byte, error) {
		return append([]byte(from+" "), question...), nil
	})
	b.Handle("long", func(_ context.Context, _ string, question []byte) ([]byte, error) {
		var n int
		fmt.Sscan(string(question), &n)
		return bytes.Repeat([]byte("x"), n), nil
	})
	b.Handle("no", func(context.Context, string, []byte) ([]byte, error) { return nil, errors.New("never") })
	b.Handle("panic", func(context.Context, string, []byte) ([]byte, error) { panic("oh") })

	if got, err := a.Ask(t.Context(), "b", "echo", []byte("hello\nthere")); string(got) != "a hello\nthere" || err != nil {
		t.Errorf("the answer is %q, %v", got, err)
	}
	for _, n := range []int{0, 1, pieceSize - 1, pieceSize, pieceSize + 1, 3*pieceSize + 5, MaxAnswer} {
		if got, err := a.Ask(t.Context(), "b", "long", fmt.Append(nil, n)); len(got) != n || err != nil {
			t.Errorf("an answer of %d bytes comes as one of %d, %v", n, len(got), err)
		}
	}
	for _, c := range []struct {
		node, kind, question string
		want                 string
	}{
		{"b", "long", fmt.Sprint(MaxAnswer + 1), fmt.Sprintf("the other node says: the answer is %d bytes long, at most %d are allowed", MaxAnswer+1, MaxAnswer)},
		{"b", "no", "", "the other node says: never"},
		{"b", "panic", "", "the other node says: the handler panicked"},
		{"b", "nonsense", "", `the other node says: nobody handles questions of kind "nonsense"`},
		{"nobody", "echo", "", ErrNobody.Error()},
	} {
		if got, err := a.Ask(t.Context(), c.node, c.kind, []byte(c.question)); err == nil || err.Error() != c.want {
			t.Errorf("%s of %s gives %q, %v", c.kind, c.node, got, err)
		}
	}
	if _, err := a.Ask(t.Context(), "b", "no", nil); !errors.As(err, new(*Refusal)) {
		t.Errorf("%v is no refusal", err)
	}
}

func TestAskEnds(t *testing.T) {
	t.Parallel()
	a, b, _ := three(t)
	asked, release := make(chan struct{}), make(chan struct{})
	b.Handle("wait", func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		close(asked)
		select {
		case <-ctx.Done():
		case <-release:
		}
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := a.Ask(ctx, "b", "wait", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	b.Close() // it waits for the handler, whose context ends
	close(release)
	a.Close()
	if _, err := a.Ask(t.Context(), "b", "wait", nil); err != ErrApart {
		t.Errorf("after Close the error is %v", err)
	}
}

// TestManyQuestions: more than are answered at a time.
func TestManyQuestions(t *testing.T) {
	t.Parallel()
	a, b, _ := three(t)
	b.Handle("slow", func(_ context.Context, _ string, question []byte) ([]byte, error) {
		time.Sleep(time.Millisecond) // so that others wait
		return question, nil
	})
	answers := make(chan error)
	const all = 2 * mostQuestions
	for i := range all {
		go func() {
			got, err := a.Ask(t.Context(), "b", "slow", fmt.Append(nil, i))
			if err == nil && string(got) != fmt.Sprint(i) {
				err = fmt.Errorf("question %d is answered %q", i, got)
			}
			answers <- err
		}()
	}
	for range all {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}

func TestHandleTwice(t *testing.T) {
	n := &Node{questions: questions{handlers: map[string]Handler{}}}
	h := func(context.Context, string, []byte) ([]byte, error) { return nil, nil }
	n.Handle("a", h)
	for _, kind := range []string{"a", "", "a.b", "*", "a b"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken", kind)
				}
			}()
			n.Handle(kind, h)
		}()
	}
}
