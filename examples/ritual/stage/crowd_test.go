package stage_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/internal/testenv"
)

// A crowd are participants who wait for the next page, each with a login and a
// connection of their own.
type crowd struct {
	*site
	lines []*line
	ids   []string
}

// gather lets so many come to a ritual with two pages, whose SVGs are of a usual
// size.
func gather(t testing.TB, count int) *crowd {
	t.Helper()
	files := with(script(), "petrov/3.svg", "<svg>three"+strings.Repeat("<path d='M0 0L1 1'/>", 2000)+"</svg>", "petrov/3.json", "")
	files["petrov/2.svg"] = files["petrov/3.svg"]
	c := &crowd{site: newSite(t, stage.Options{Scripts: files})}
	must(t, c.Begin("petrov", "petrov", 2))
	cookie := c.logIn("ann@example.org", "Ann")
	for range count {
		c.lines = append(c.lines, c.dial())
		c.ids = append(c.ids, c.enter("petrov", "partake", cookie))
	}
	time.Sleep(time.Duration(count) * 10 * time.Millisecond / 4) // arrivals are told; what is left of them only costs a round
	c.each(func(l *line, id string) { c.ask(l, id, "0") })
	c.each(func(l *line, _ string) { l.answer(c.t) })
	return c
}

// each does something for all, eight at a time.
func (c *crowd) each(do func(l *line, id string)) {
	var all sync.WaitGroup
	const workers = 8
	for first := range workers {
		all.Go(func() {
			for i := first; i < len(c.lines); i += workers {
				do(c.lines[i], c.ids[i])
			}
		})
	}
	all.Wait()
}

func (c *crowd) ask(l *line, id, have string) {
	l.send(c.t, "/petrov/status?subhave=null&have="+have+"&clientId="+id)
}

// turn has the leader turn the page, and all receive it, with the number of the
// page that they have.
func (c *crowd) turn(press, have, wanted string) {
	c.t.Helper()
	want(c.t, c.post("/petrov/"+press, ""), http.StatusNoContent, "")
	c.each(func(l *line, id string) {
		for {
			_, body := l.answer(c.t)
			if strings.Contains(body, fmt.Sprintf(`"page":%q`, wanted)) {
				return
			}
			c.ask(l, id, have) // it was told of an arrival
		}
	})
}

// await lets all ask, and returns when all wait.
func (c *crowd) await(have string) {
	c.t.Helper()
	c.each(func(l *line, id string) { c.ask(l, id, have) })
	settle(c.t, func() bool { return c.Waiting("petrov") == len(c.lines) })
}

// TestCrowd: a thousand participants who wait are all told of each page turn.
func TestCrowd(t *testing.T) {
	count := 200
	if testenv.Full() && !testenv.Race() {
		count = 1000
	}
	c := gather(t, count)
	for range 3 {
		c.await("2")
		began := time.Now()
		c.turn("nextPage", "2", "3")
		t.Logf("%d participants were told within %v", count, time.Since(began))
		c.await("3")
		c.turn("prevPage", "3", "2")
	}
}

// BenchmarkPageTurn: from the leader's request until a thousand participants, who
// are on the same machine, have received the page of 40 KiB.
func BenchmarkPageTurn(b *testing.B) {
	c := gather(b, 1000)
	var all time.Duration
	var cpu time.Duration
	for b.Loop() {
		c.await("2")
		before, began := cpuTime(), time.Now()
		c.turn("nextPage", "2", "3")
		all += time.Since(began)
		cpu += cpuTime() - before
		c.await("3")
		c.turn("prevPage", "3", "2")
	}
	b.ReportMetric(float64(all.Milliseconds())/float64(b.N), "ms/turn")
	b.ReportMetric(float64(cpu.Milliseconds())/float64(b.N), "cpu-ms/turn")
}
