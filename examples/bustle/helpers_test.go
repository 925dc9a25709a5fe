package bustle

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/examples/bustle/spool"
	"github.com/rootspush/roots/thestral"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t testing.TB, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func write(t testing.TB, file, text string) {
	t.Helper()
	ok(t, os.WriteFile(file, []byte(text), 0o644))
}

func add(t testing.TB, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	ok(t, err)
	_, err = f.WriteString(text)
	ok(t, errors.Join(err, f.Close()))
}

// contents returns what is in a file, or nothing if there is none.
func contents(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// memoryDir returns a folder in memory, if there is a place for that: the logs are
// synced so often that tests would wait for the disk most of the time.
func memoryDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "bustle-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// testOptions are those of a town in a folder, in which everything is told.
func testOptions(dir string) Options {
	much := hush.Rate{Burst: 1 << 20, Every: time.Millisecond}
	return Options{
		Homes:    filepath.Join(dir, "home/*"),
		SpoolDir: filepath.Join(dir, "bots"),
		Log:      filepath.Join(dir, "bustle/bustle.log"),
		Audit:    filepath.Join(dir, "audit/audit.log"),
		State:    filepath.Join(dir, "state/state.json"),
		Window:   time.Nanosecond,
		Each:     much, All: much, Shouts: much,
		Look: time.Second,
	}
}

// A place is a town that runs, with what it says.
type place struct {
	testing.TB
	dir  string
	o    Options
	town *Town
	stop func()

	stopWith func(fault string) // which Run must return

	mu   sync.Mutex
	said []said
	more chan struct{} // has one in it if more was said
}

type said struct {
	line string
	at   time.Time
}

// newPlace makes a folder for a town, with homes, that does not run yet.
func newPlace(t testing.TB, homes ...string) *place {
	t.Helper()
	return newPlaceIn(t, memoryDir(t), homes...)
}

func newPlaceIn(t testing.TB, dir string, homes ...string) *place {
	t.Helper()
	p := &place{TB: t, dir: dir, stop: func() {}, more: make(chan struct{}, 1)}
	p.o = testOptions(p.dir)
	ok(t, os.MkdirAll(p.o.SpoolDir, 0o755))
	for _, who := range homes {
		p.build(who)
	}
	return p
}

func (p *place) home(who string) string    { return filepath.Join(p.dir, "home", who) }
func (p *place) spoolOf(who string) string { return filepath.Join(p.home(who), spool.Name) }

func (p *place) build(who string) {
	p.Helper()
	ok(p, os.MkdirAll(filepath.Join(p.home(who), htmlFolder), 0o755))
}

// Update notes a line of the log.
func (p *place) Update(_ thestral.Thestral, _, line string) {
	p.mu.Lock()
	p.said = append(p.said, said{line, time.Now()})
	p.mu.Unlock()
	select {
	case p.more <- struct{}{}:
	default:
	}
}

func (p *place) Next() []thestral.Thestral { return nil }

// run runs the town until stop is called, or the test ends.
func (p *place) run() {
	p.Helper()
	p.o.Feed = p
	var err error
	p.town, err = New(p.o)
	ok(p, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.town.Run(ctx) }()
	end := sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	p.stop = func() {
		if err := end(); err != nil {
			p.Errorf("the town ended with: %v", err)
		}
	}
	p.stopWith = func(fault string) {
		if err := end(); err == nil || !strings.Contains(err.Error(), fault) {
			p.Errorf("the town ended with: %v, it must be %q", err, fault)
		}
		p.stop = func() {}
	}
	p.Cleanup(func() { _ = end() })
}

// heard returns what was said since it was asked last.
func (p *place) heard() []said {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.said
	p.said = nil
	return all
}

// want waits until the town has nothing more to say, in fake time, and says what that
// must have been.
func (p *place) want(want ...string) {
	p.Helper()
	time.Sleep(p.o.Look + pause)
	synctest.Wait()
	var got []string
	for _, one := range p.heard() {
		got = append(got, one.line)
	}
	same(p, "what was said", want, got)
}

// waitFor waits until a line was said, in real time, and returns all up to then.
func (p *place) waitFor(line string) (all []string) {
	p.Helper()
	late := time.After(time.Minute)
	for {
		for _, one := range p.heard() {
			all = append(all, one.line)
			if one.line == line {
				return all
			}
		}
		select {
		case <-p.more:
		case <-late:
			p.Fatalf("%q was not said, but %q", line, all)
		}
	}
}
