package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// counters are states that grow.
type counters struct {
	mu   sync.Mutex
	of   map[string]int
	read int // how often one was asked for
}

func (c *counters) add(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of[path]++
}

func (c *counters) state(path string) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read++
	if c.of[path] == 0 {
		return nil, errors.New("gone")
	}
	return c.of[path], nil
}

// tellNews runs news in a bubble of fake time.
func tellNews(t *testing.T, test func(n *news, c *counters, heard *thestraltest.Recorder)) {
	synctest.Test(t, func(t *testing.T) {
		c, heard := &counters{of: map[string]int{}}, &thestraltest.Recorder{}
		n := newNews(heard, func(path string) bool { return path != "unheard" }, c.state)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- n.run(ctx) }()
		test(n, c, heard)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestFlood: the first change is told at once, and a flood of them as one message
// in a tenth of a second, which tells how it ended.
func TestFlood(t *testing.T) {
	tellNews(t, func(n *news, c *counters, heard *thestraltest.Recorder) {
		begin := time.Now()
		c.add("a")
		n.changed("a")
		synctest.Wait()
		if diff := cmp.Diff([]string{"1"}, heard.Messages("a")); diff != "" || time.Since(begin) != 0 {
			t.Errorf("the first (-want +got):\n%s", diff)
		}
		var writers sync.WaitGroup
		for range 10 {
			writers.Go(func() {
				for range 1000 {
					c.add("a")
					n.changed("a")
				}
			})
		}
		writers.Wait()
		time.Sleep(merging)
		synctest.Wait()
		if diff := cmp.Diff([]string{"1", "10001"}, heard.Messages("a")); diff != "" {
			t.Errorf("after the flood (-want +got):\n%s", diff)
		}
	})
}

// TestSteadyChanges: a path that changes all the time is told ten times a second,
// and the last change is not left out.
func TestSteadyChanges(t *testing.T) {
	tellNews(t, func(n *news, c *counters, heard *thestraltest.Recorder) {
		for range 1000 {
			c.add("a")
			n.changed("a")
			time.Sleep(time.Millisecond)
		}
		time.Sleep(merging)
		messages := heard.Messages("a")
		if len(messages) > 12 || messages[len(messages)-1] != "1000" {
			t.Errorf("told %v", messages)
		}
	})
}

func TestWhatIsNotTold(t *testing.T) {
	tellNews(t, func(n *news, c *counters, heard *thestraltest.Recorder) {
		c.add("unheard")
		n.changed("unheard", "gone")
		synctest.Wait()
		if len(heard.Updates()) != 0 || c.read != 1 {
			t.Errorf("told %v after reading %d", heard.Updates(), c.read)
		}
	})
}

// TestManyPaths: each of them is told.
func TestManyPaths(t *testing.T) {
	tellNews(t, func(n *news, c *counters, heard *thestraltest.Recorder) {
		var want []thestral.Update
		for i := range 500 {
			path := fmt.Sprintf("file/%03d", i)
			c.add(path)
			n.changed(path)
			want = append(want, thestral.Update{Path: path, Message: "1"})
		}
		time.Sleep(2 * merging)
		if diff := cmp.Diff(want, heard.Updates()); len(heard.Updates()) != 500 {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}
