package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

const (
	door     = 50               // how many come in at the same time
	patience = 30 * time.Second // for a page to reach everybody
)

// A crowd is all participants.
type crowd struct {
	ritual *url.URL // where it is
	count  int
	pause  time.Duration
	tally  *tally
	web    *http.Transport // shared, with the connections of all
	living sync.WaitGroup
}

func newCrowd(ritual *url.URL, count int, pause time.Duration) *crowd {
	return &crowd{
		ritual: ritual,
		count:  count,
		pause:  pause,
		tally:  &tally{arrivals: map[string][]time.Time{}},
		web:    &http.Transport{MaxIdleConnsPerHost: 3 * count, IdleConnTimeout: time.Minute},
	}
}

// enter has all come in, a few at a time. They stay until ctx ends.
func (c *crowd) enter(ctx context.Context) error {
	numbers, failed := make(chan int), make(chan error, door)
	var ushers sync.WaitGroup
	for range min(door, c.count) {
		ushers.Go(func() {
			for number := range numbers {
				if err := c.admit(ctx, number); err != nil {
					failed <- fmt.Errorf("participant %d: %w", number, err)
					return
				}
			}
		})
	}
	err := hand(numbers, c.count, failed)
	close(numbers)
	ushers.Wait()
	if err == nil && len(failed) > 0 {
		err = <-failed
	}
	return err
}

// hand hands out numbers from 0 until there is an error.
func hand(numbers chan<- int, count int, failed <-chan error) error {
	for number := range count {
		select {
		case numbers <- number:
		case err := <-failed:
			return err
		}
	}
	return nil
}

// admit lets one in, who then goes on alone.
func (c *crowd) admit(ctx context.Context, number int) error {
	p := newParticipant(c, number)
	if err := p.enter(ctx); err != nil {
		return err
	}
	c.living.Go(func() { p.watch(ctx) })
	c.living.Go(func() { p.listen(ctx) })
	c.living.Go(func() { p.chatter(ctx) })
	return nil
}

// wait waits until all have left, which they do when their context ends.
func (c *crowd) wait() {
	c.living.Wait()
	c.web.CloseIdleConnections()
}

// turnPages waits until all have the same page, then leads on from it.
func (c *crowd) turnPages(ctx context.Context, turns int, token string, out io.Writer) error {
	if turns == 0 {
		return nil
	}
	leader := newParticipant(c, c.count)
	page, err := c.together(ctx)
	if err != nil {
		return err
	}
	for range turns {
		if !sleep(ctx, c.pause) {
			return nil
		}
		page++
		began := time.Now()
		if err := leader.post(ctx, "nextPage", url.Values{"token": {token}}); err != nil {
			return fmt.Errorf("turning to page %d: %w", page, err)
		}
		if !c.reached(ctx, strconv.Itoa(page)) {
			return fmt.Errorf("page %d reached %d of %d within %v", page, len(c.tally.arrived(strconv.Itoa(page))), c.count, patience)
		}
		times := c.tally.arrived(strconv.Itoa(page))
		fmt.Fprintf(out, "page %d reached half of them after %v, all after %v\n", page,
			times[len(times)/2].Sub(began).Round(time.Millisecond), times[len(times)-1].Sub(began).Round(time.Millisecond))
	}
	return nil
}

// together waits until all have the page that the first had, and returns it.
func (c *crowd) together(ctx context.Context) (int, error) {
	for end := time.Now().Add(patience); time.Now().Before(end) && sleep(ctx, 10*time.Millisecond); {
		for page := range c.tally.pages() {
			if len(c.tally.arrived(page)) == c.count {
				return strconv.Atoi(page)
			}
		}
	}
	return 0, fmt.Errorf("not all of %d came to the same page within %v: %v", c.count, patience, c.tally)
}

// reached waits until a page has reached everybody.
func (c *crowd) reached(ctx context.Context, page string) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if len(c.tally.arrived(page)) >= c.count {
			return true
		}
		if !sleep(ctx, 10*time.Millisecond) {
			return false
		}
	}
	return false
}
