package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func newJobs(run func(ctx context.Context, owner, id string) error) *jobs {
	return &jobs{run: run, changed: func(...string) {}}
}

func start(t *testing.T, js *jobs, owner string) (id string) {
	t.Helper()
	id, err := js.start(owner)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func wantState(t *testing.T, js *jobs, owner, id string, want progress) {
	t.Helper()
	synctest.Wait()
	got, err := js.state(owner, id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the state (-want +got):\n%s", diff)
	}
}

func TestHowJobsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan error)
		js := newJobs(func(ctx context.Context, _, _ string) error {
			select {
			case err := <-finish:
				return err
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
		id := start(t, js, "ann")
		path := "process/ann/" + id
		js.Update(nil, path, `{"percent":12.5,"text":"line 4 of 32"}`)
		wantState(t, js, "ann", id, progress{running, 12.5, "line 4 of 32"})
		finish <- nil
		wantState(t, js, "ann", id, progress{"done", 100, "line 4 of 32"})
		js.Update(nil, path, `{"percent":1,"text":"too late"}`)
		wantState(t, js, "ann", id, progress{"done", 100, "line 4 of 32"})

		id = start(t, js, "ann")
		js.Update(nil, "process/ann/"+id, `{"percent":50}`)
		finish <- errors.New("it broke")
		wantState(t, js, "ann", id, progress{"failed", 50, "it broke"})

		id = start(t, js, "ann")
		js.Update(nil, "process/ann/"+id, `{"percent":50,"text":"half"}`)
		if err := js.kill("ann", id); err != nil {
			t.Error(err)
		}
		wantState(t, js, "ann", id, progress{"stopped", 50, "half"})
		if err := js.kill("ann", id); err != nil {
			t.Errorf("to stop it again: %v", err)
		}

		id = start(t, js, "ann")
		time.Sleep(maxTime - time.Nanosecond)
		wantState(t, js, "ann", id, progress{State: running})
		time.Sleep(time.Nanosecond)
		wantState(t, js, "ann", id, progress{State: "failed", Text: "it took longer than 5m0s"})
	})
}

// TestOnlyItsOwner: nobody else can see a job, stop it or speak for it.
func TestOnlyItsOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		js := newJobs(untilStopped)
		id := start(t, js, "ann")
		if err := js.kill("eve", id); err == nil {
			t.Error("eve stopped it")
		}
		if _, err := js.state("eve", id); err == nil {
			t.Error("eve saw it")
		}
		for _, path := range []string{"process/eve/" + id, "process/ann/", "process/ann", "ann/" + id, "file/ann", ""} {
			js.Update(nil, path, `{"percent":99}`)
		}
		wantState(t, js, "ann", id, progress{State: running})
		stopAll(js)
	})
}

func TestWhatJobsSay(t *testing.T) {
	for message, want := range map[string]progress{
		`{"percent":0}`:                {running, 0, ""},
		`{"percent":100}`:              {running, 100, ""},
		`{"percent":100.1}`:            {running, 100, ""},
		`{"percent":-1}`:               {running, 0, ""},
		`{"percent":1e300}`:            {running, 100, ""},
		`{"percent":7,"state":"done"}`: {running, 7, ""},
		`{}`:                           {running, 0, ""},
		`{"percent":"7"}`:              {running, 3, "before"},
		`7`:                            {running, 3, "before"},
		`nonsense`:                     {running, 3, "before"},
		``:                             {running, 3, "before"},
		`{"text":"` + strings.Repeat("x", maxText) + `"}`:   {running, 0, strings.Repeat("x", maxText)},
		`{"text":"` + strings.Repeat("x", maxText+1) + `"}`: {running, 0, strings.Repeat("x", maxText-3) + "…"},
		`{"text":"` + strings.Repeat("é", maxText) + `"}`:   {running, 0, strings.Repeat("é", (maxText-3)/2) + "…"},
	} {
		synctest.Test(t, func(t *testing.T) {
			js := newJobs(untilStopped)
			id := start(t, js, "ann")
			js.Update(nil, "process/ann/"+id, `{"percent":3,"text":"before"}`)
			js.Update(nil, "process/ann/"+id, message)
			wantState(t, js, "ann", id, want)
			stopAll(js)
		})
	}
}

func TestHowManyJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		js := newJobs(untilStopped)
		refused := func(owner, want string) {
			t.Helper()
			if _, err := js.start(owner); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("refused with %v, want %q", err, want)
			}
		}
		first := start(t, js, "p0")
		for range maxOwn - 1 {
			start(t, js, "p0")
		}
		refused("p0", "3 jobs of yours are running")
		for i := range maxRunning - maxOwn {
			start(t, js, fmt.Sprint("p", i+1))
		}
		refused("p9", "8 jobs are running")
		_ = js.kill("p0", first)
		synctest.Wait()
		start(t, js, "p9")
		stopAll(js)
		refused("p9", "about to stop")
	})
}

// TestTheEnd: whoever stops all jobs waits until they have ended.
func TestTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		js := newJobs(func(ctx context.Context, _, _ string) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			return context.Cause(ctx)
		})
		id := start(t, js, "ann")
		stopAll(js)
		wantState(t, js, "ann", id, progress{State: "stopped"})
		time.Sleep(time.Second) // for a job that nobody waited for
	})
}

// TestForgetting: the oldest that have ended make room, and one that runs never does.
func TestForgetting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		js := newJobs(untilStopped)
		long := start(t, js, "ann")
		var ended []string
		for range maxKept {
			id := start(t, js, "ann")
			_ = js.kill("ann", id)
			synctest.Wait()
			ended = append([]string{id}, ended...)
		}
		want := append(ended[:maxKept-1:maxKept-1], long)
		if diff := cmp.Diff(want, js.of("ann")); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		stopAll(js)
	})
}

// TestRules runs the Thestral behind Dudley through the rules of all.
func TestRules(t *testing.T) {
	thestraltest.Run(t, thestraltest.Suite{
		Leaf: true,
		New:  func(...thestral.Thestral) thestral.Thestral { return newJobs(untilStopped) },
	})
}
