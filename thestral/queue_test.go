package thestral_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// numbers are the messages from first to last.
func numbers(first, last int) (messages []string) {
	for i := first; i <= last; i++ {
		messages = append(messages, strconv.Itoa(i))
	}
	return messages
}

func send(t thestral.Thestral, messages []string) {
	for _, m := range messages {
		t.Update(nil, "path", m)
	}
}

func wantMessages(t *testing.T, r *thestraltest.Recorder, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, r.Messages("path")); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// A brake hands on one update for each call of release, and is stuck until then.
type brake struct {
	thestraltest.Recorder
	free chan struct{}
}

func newBrake() *brake { return &brake{free: make(chan struct{})} }

func (b *brake) Update(sender thestral.Thestral, path, message string) {
	<-b.free
	b.Recorder.Update(sender, path, message)
}

func (b *brake) release(count int) {
	for range count {
		b.free <- struct{}{}
	}
	synctest.Wait()
}

func TestQueueKeepsTheOrderBeforeASlowReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const senders, each = 4, 50
		var got thestraltest.Recorder
		q := thestral.NewQueue(thestral.Func(func(sender thestral.Thestral, path, message string) {
			time.Sleep(time.Millisecond)
			got.Update(sender, path, message)
		}), senders*each)
		for i := range senders {
			go func() {
				for n := range each {
					q.Update(nil, strconv.Itoa(i), strconv.Itoa(n))
				}
			}()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for i := range senders {
			if diff := cmp.Diff(numbers(0, each-1), got.Messages(strconv.Itoa(i))); diff != "" {
				t.Errorf("sender %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

func TestQueueCallsForOneUpdateAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inside, most := 0, 0 // the race detector finds it if two calls meet
		q := thestral.NewQueue(thestral.Func(func(thestral.Thestral, string, string) {
			inside++
			most = max(most, inside)
			time.Sleep(time.Millisecond)
			inside--
		}), 100)
		for range 10 {
			go send(q, numbers(1, 10))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if most != 1 {
			t.Errorf("%d updates were handed on at a time", most)
		}
	})
}

func TestQueueHandsOnAllArguments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got thestraltest.Recorder
		sender := new(thestraltest.Recorder)
		q := thestral.NewQueue(&got, 1)
		q.Update(sender, "path", "message")
		synctest.Wait()
		if senders := got.Senders(); len(senders) != 1 || senders[0] != thestral.Thestral(sender) {
			t.Errorf("the senders are %v", senders)
		}
		if diff := cmp.Diff([]thestral.Update{{Path: "path", Message: "message"}}, got.Updates()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestQueueLimit: one update is being handed on, limit more may wait, and only
// the newest are lost.
func TestQueueLimit(t *testing.T) {
	for _, c := range []struct{ limit, waiting, dropped int }{
		{1, 1, 0}, {1, 2, 1}, {3, 3, 0}, {3, 4, 1}, {3, 100, 97},
		{thestral.QueueLimit, thestral.QueueLimit, 0}, {thestral.QueueLimit, thestral.QueueLimit + 1, 1},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.waiting, c.limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBrake()
				q := thestral.NewQueue(b, c.limit)
				q.Update(nil, "path", "0")
				synctest.Wait()
				send(q, numbers(1, c.waiting))
				if got := q.Dropped(); got != uint64(c.dropped) {
					t.Errorf("%d were dropped instead of %d", got, c.dropped)
				}
				b.release(1 + c.waiting - c.dropped)
				wantMessages(t, &b.Recorder, numbers(0, c.waiting-c.dropped))
			})
		})
	}
}

// TestQueueLogsEachRowOfDropsOnce, and tells the sum when the receiver goes on.
func TestQueueLogsEachRowOfDropsOnce(t *testing.T) {
	log := logged(t)
	synctest.Test(t, func(t *testing.T) {
		b := newBrake()
		q := thestral.NewQueue(b, 2)
		for _, tooMany := range []int{5, 3} {
			q.Update(nil, "path", "handed on")
			synctest.Wait()
			send(q, numbers(1, 2+tooMany))
			b.release(3)
		}
	})
	for text, want := range map[string]int{
		"its updates are dropped": 2, "waiting=2": 2, "path=path": 2, "goes on after": 2, "dropped_in_all=5": 1, "dropped_in_all=8": 1,
	} {
		if got := strings.Count(log.String(), text); got != want {
			t.Errorf("%q is logged %d times instead of %d:\n%s", text, got, want, log)
		}
	}
}

func TestQueueSurvivesAPanic(t *testing.T) {
	log := logged(t)
	synctest.Test(t, func(t *testing.T) {
		var got thestraltest.Recorder
		q := thestral.NewQueue(thestral.Func(func(sender thestral.Thestral, path, message string) {
			if message == "2" {
				panic("no twos")
			}
			got.Update(sender, path, message)
		}), 10)
		send(q, numbers(1, 3))
		synctest.Wait()
		wantMessages(t, &got, []string{"1", "3"})
	})
	for _, text := range []string{"a receiver panicked", "path=path", `"no twos"`, "queue_test.go"} {
		if strings.Count(log.String(), text) == 0 {
			t.Errorf("%q is not logged:\n%s", text, log)
		}
	}
}

func TestQueueFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrake()
		q := thestral.NewQueue(b, 10)
		if err := q.Flush(t.Context()); err != nil {
			t.Errorf("nothing waits: %v", err)
		}
		send(q, numbers(1, 3))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := q.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the receiver is stuck: %v", err)
		}
		flushed := make(chan error, 1)
		go func() { flushed <- q.Flush(t.Context()) }()
		b.release(2)
		select {
		case <-flushed:
			t.Error("Flush returned before the last update was handed on")
		default:
		}
		b.release(1)
		if err := <-flushed; err != nil {
			t.Error(err)
		}
		wantMessages(t, &b.Recorder, numbers(1, 3))
	})
}

// TestQueueRunsAgain: its goroutine ends when nothing waits, and another begins
// with the next update. That none is left behind is what the bubble sees to.
func TestQueueRunsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got thestraltest.Recorder
		q := thestral.NewQueue(thestral.Func(got.Update), 10)
		for _, m := range numbers(1, 5) {
			q.Update(nil, "path", m)
			synctest.Wait()
		}
		wantMessages(t, &got, numbers(1, 5))
	})
}

func TestQueueFromInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got thestraltest.Recorder
		var q *thestral.Queue
		q = thestral.NewQueue(thestral.Func(func(sender thestral.Thestral, path, message string) {
			got.Update(sender, path, message)
			if n, _ := strconv.Atoi(message); n < 10_000 {
				q.Update(nil, path, strconv.Itoa(n+1))
			}
		}), 1)
		q.Update(nil, "path", "1")
		synctest.Wait()
		wantMessages(t, &got, numbers(1, 10_000))
		if q.Dropped() != 0 {
			t.Errorf("%d were dropped", q.Dropped())
		}
	})
}

func TestQueueKeepsTheRules(t *testing.T) {
	thestraltest.Run(t, thestraltest.Suite{
		Leaf: true,
		New: func(...thestral.Thestral) thestral.Thestral {
			return thestral.NewQueue(new(thestraltest.Recorder), thestral.QueueLimit)
		},
	})
}

// TestQueueReusesItsBuffers while it is busy.
func TestQueueReusesItsBuffers(t *testing.T) {
	b, entered := newBrake(), make(chan struct{})
	q := thestral.NewQueue(thestral.Func(func(thestral.Thestral, string, string) {
		entered <- struct{}{}
		<-b.free
	}), 10)
	q.Update(nil, "path", "")
	<-entered
	allocations := testing.AllocsPerRun(100, func() {
		q.Update(nil, "path", "")
		b.free <- struct{}{}
		<-entered
	})
	b.free <- struct{}{}
	if allocations != 0 {
		t.Errorf("an update in a busy queue allocates %v times", allocations)
	}
	if err := q.Flush(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestQueueRefusesNonsense(t *testing.T) {
	wantPanic(t, func() { thestral.NewQueue(new(thestraltest.Recorder), 0) })
	wantPanic(t, func() { thestral.NewQueue(nil, 1) })
	wantPanic(t, func() { thestral.Prompted(nil) })
}

func wantPanic(t *testing.T, do func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("there is no panic")
		}
	}()
	do()
}
