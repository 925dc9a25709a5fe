package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/thestral"
)

// soakVariable says how long the soak is to last, as in "1h". A few seconds show
// that the test works, and would show a gross leak.
const soakVariable = "ROOTS_SOAK"

const (
	tides       = 12
	mostClients = 300
	mostUpdates = 100 // a second
	spare       = 20  // files or goroutines, for connections of the back-end that are kept alive; a tide has more clients
)

// TestSoak: clients come and go in tides, over all transports, while updates of
// changing number pass. Each client hears all of them in order, and when the tide
// is out the server is as small as it was before.
func TestSoak(t *testing.T) {
	length := 6 * time.Second
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "--log", "off")
	var low []size
	for i := range tides {
		clients := 1 + rand.IntN(mostClients)
		if i == 0 {
			clients = mostClients // so that none that follows is higher
		}
		p.tide(length/tides, clients)
		low = append(low, p.ebb())
		t.Logf("tide %d of %d: %v", i+1, tides, low[i])
	}
	before, after := most(low[:tides/3]), most(low[tides-tides/3:])
	for end := time.Now().Add(patience); after.isMore(before) && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		after = p.ebb() // connections that were about to end may have been among it
	}
	if after.isMore(before) {
		t.Errorf("at the end it is %v, in the beginning %v", after, before)
	}
}

// tide lets clients come, hear updates and go again.
func (p *process) tide(length time.Duration, clients int) {
	p.t.Helper()
	backend, err := cornelius.New(p.addresses["dudley"], cornelius.Options{Timeout: time.Minute})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() { p.swim(ctx, backend, length, pomona.Transport([]string{"websocket", "sse", "poll"}[i%3])) })
	}
	every := time.Second / time.Duration(1+rand.IntN(mostUpdates))
	for n := 0; ctx.Err() == nil; n++ {
		if err := backend.Update(context.Background(), "tide", strconv.Itoa(n)); err != nil {
			p.t.Error(err)
		}
		time.Sleep(every)
	}
	all.Wait()
}

// swim is a client that comes at some time in the tide, and goes at another.
func (p *process) swim(ctx context.Context, backend *cornelius.Cornelius, length time.Duration, how pomona.Transport) {
	part := func() time.Duration { return rand.N(length/3 + 1) }
	time.Sleep(part())
	ctx, leave := context.WithTimeout(ctx, length/6+part())
	defer leave()
	next := -1
	client := pomona.New(p.addresses["firenze"], pomona.Options{
		Transports: []pomona.Transport{how},
		Connect: func(ctx context.Context, id string, paths []string) error {
			return backend.Connect(ctx, id, paths...)
		},
		Lost: func() { p.t.Errorf("a session over %s was lost", how) },
	})
	client.On("tide", thestral.Func(func(_ thestral.Thestral, _, message string) {
		if message == "" {
			return // it is connected
		}
		n, err := strconv.Atoi(message)
		if err != nil || next >= 0 && n != next {
			p.t.Errorf("over %s %q came, and not %d", how, message, next)
		}
		next = n + 1
	}))
	if err := client.Run(ctx); err != nil {
		p.t.Error(err)
	}
}

// size is how much of the machine the server takes.
type size struct{ memory, files, goroutines int }

func (s size) String() string {
	return fmt.Sprintf("%d KiB, %d files, %d goroutines", s.memory, s.files, s.goroutines)
}

// isMore says that this is too much after that.
func (s size) isMore(before size) bool {
	return s.files > before.files+spare || s.memory > before.memory*5/4 || s.goroutines > before.goroutines+spare
}

// most returns the largest of each.
func most(all []size) (m size) {
	for _, s := range all {
		m = size{max(m.memory, s.memory), max(m.files, s.files), max(m.goroutines, s.goroutines)}
	}
	return m
}

// ebb waits until no client is connected, and returns what the server takes then. A
// session whose client never heard of it, as it left too soon, goes on for a while.
func (p *process) ebb() size {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		metrics := p.get(p.addresses["dudley"] + "metrics")
		if sum(metrics, "roots_sessions{") == sum(metrics, `roots_sessions{transport="none"}`) {
			proc := fmt.Sprint("/proc/", p.command.Process.Pid)
			files, err := os.ReadDir(filepath.Join(proc, "fd"))
			if err != nil {
				p.t.Skip("this system has no /proc")
			}
			return size{p.rss(proc), len(files), sum(metrics, "go_goroutines ")}
		}
		if time.Now().After(end) {
			p.t.Fatalf("there are clients left after %v:\n%s", patience, metrics)
		}
	}
}

// sum adds up the lines of metrics that begin so.
func sum(metrics, prefix string) (total int) {
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, prefix) {
			fields := strings.Fields(line)
			value, _ := strconv.ParseFloat(fields[len(fields)-1], 64)
			total += int(value)
		}
	}
	return total
}

// rss returns how much memory the server has, in KiB.
func (p *process) rss(proc string) int {
	p.t.Helper()
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		p.t.Fatal(err)
	}
	fields := strings.Fields(string(status))
	n, err := strconv.Atoi(fields[slices.Index(fields, "VmRSS:")+1])
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}
