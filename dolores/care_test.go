package dolores_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
)

// A diary keeps what happened and when. Only one goroutine writes at any moment
// of fake time, which the race detector checks.
type diary struct {
	began time.Time
	lines []string
}

func (d *diary) write(what string) {
	d.lines = append(d.lines, fmt.Sprintf("%v %s", time.Since(d.began), what))
}

// runs for as long as it may, and takes its time to clean up.
func (d *diary) runs(name string, cleanUp time.Duration, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		<-ctx.Done()
		d.write(name + " is told to stop")
		time.Sleep(cleanUp)
		d.write(name + " has stopped")
		return err
	}
}

func (d *diary) want(t *testing.T, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, d.lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRunStopsTheLastFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, diary := new(dolores.Dolores), &diary{began: time.Now()}
		d.Care("a", diary.runs("a", 2*time.Second, nil))
		d.Care("b", diary.runs("b", 3*time.Second, context.Canceled))
		d.Care("c", diary.runs("c", 4*time.Second, fmt.Errorf("c: %w", context.Canceled)))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := d.Run(ctx); err != nil {
			t.Errorf("they did as they were told: %v", err)
		}
		diary.want(t,
			"10s c is told to stop", "14s c has stopped",
			"14s b is told to stop", "17s b has stopped",
			"17s a is told to stop", "19s a has stopped")
	})
}

func TestRunStartsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(dolores.Dolores)
		started := make(chan string, 3)
		for _, name := range []string{"a", "b", "c"} {
			d.Care(name, func(ctx context.Context) error {
				started <- name
				<-ctx.Done()
				return nil
			})
		}
		if len(started) != 0 {
			t.Error("something was started before Run")
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- d.Run(ctx) }()
		synctest.Wait()
		var names []string
		for range len(started) {
			names = append(names, <-started)
		}
		slices.Sort(names)
		if diff := cmp.Diff([]string{"a", "b", "c"}, names); diff != "" {
			t.Error(diff)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestOneFails: the rest is stopped in its order, and the error says which it was.
func TestOneFails(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		err  error
	}{
		{"with an error", broken},
		{"with a cancellation of its own", fmt.Errorf("fetching: %w", context.Canceled)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, diary := new(dolores.Dolores), &diary{began: time.Now()}
				d.Care("a", diary.runs("a", time.Second, nil))
				d.Care("b", func(context.Context) error {
					time.Sleep(5 * time.Second)
					return c.err
				})
				d.Care("c", diary.runs("c", time.Second, nil))
				err := d.Run(t.Context())
				if !errors.Is(err, c.err) || err.Error() != "b: "+c.err.Error() {
					t.Errorf("the error is %v", err)
				}
				diary.want(t,
					"5s c is told to stop", "6s c has stopped",
					"6s a is told to stop", "7s a has stopped")
			})
		})
	}
}

func TestSeveralFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := new(dolores.Dolores)
		one, two := errors.New("one"), errors.New("two")
		d.Care("a", func(context.Context) error { return one })
		d.Care("b", func(ctx context.Context) error { <-ctx.Done(); return two })
		err := d.Run(t.Context())
		if !errors.Is(err, one) || !errors.Is(err, two) || err.Error() != "b: two\na: one" {
			t.Errorf("the error is %v", err)
		}
	})
}

// TestOneEndsEarly without an error, and the others go on.
func TestOneEndsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, diary := new(dolores.Dolores), &diary{began: time.Now()}
		d.Care("a", diary.runs("a", 0, nil))
		d.Care("b", func(context.Context) error { return nil })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
		diary.want(t, "1m0s a is told to stop", "1m0s a has stopped")
	})
}

// TestValuesOfTheContextArrive, though its end comes to each in its turn.
func TestValuesOfTheContextArrive(t *testing.T) {
	type key struct{}
	d := new(dolores.Dolores)
	var got any
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	d.Care("a", func(ctx context.Context) error {
		got = ctx.Value(key{})
		cancel()
		<-ctx.Done()
		return nil
	})
	if err := d.Run(ctx); err != nil || got != "value" {
		t.Errorf("the value is %v, the error %v", got, err)
	}
}

func TestNothingInHerCare(t *testing.T) {
	if err := new(dolores.Dolores).Run(t.Context()); err != nil {
		t.Error(err)
	}
}
