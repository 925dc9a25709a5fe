package hush_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// heard keeps what passed.
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) Update(_ thestral.Thestral, path, message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, path+" "+message)
}
func (h *heard) Next() []thestral.Thestral { return nil }

func (h *heard) want(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, h.lines); diff != "" {
		t.Errorf("what passed (-want +got):\n%s", diff)
	}
	h.lines = nil
}

// clock is one that stands still until it is moved.
type clock struct{ at time.Time }

func newClock() *clock                 { return &clock{time.Date(2009, 11, 10, 23, 0, 0, 0, time.UTC)} }
func (c *clock) now() time.Time        { return c.at }
func (c *clock) after(d time.Duration) { c.at = c.at.Add(d) }
func byPath(path, _ string) string     { return path }

const aWhile = 10 * time.Second

var plenty = hush.Rate{Burst: 1 << 20, Every: time.Millisecond}

func TestCollapse(t *testing.T) {
	var h heard
	c := newClock()
	gate := hush.Collapse(&h, aWhile, byPath, c.now)
	gate.Update(nil, "ann", "1")
	gate.Update(nil, "ann", "2")
	gate.Update(nil, "bob", "3")
	h.want(t, "ann 1", "bob 3")
	c.after(aWhile - 1)
	gate.Update(nil, "ann", "4")
	h.want(t)
	c.after(1) // the window is over, and another begins with what is told
	gate.Update(nil, "ann", "5")
	gate.Update(nil, "ann", "6")
	h.want(t, "ann 5")
	c.after(aWhile)
	gate.Update(nil, "ann", "7")
	h.want(t, "ann 7")
	if got := gate.Dropped(); got != 3 {
		t.Errorf("%d were dropped, it must be 3", got)
	}
}

func TestSample(t *testing.T) {
	pass := func(share float64, seed uint64) (passed []string) {
		var h heard
		gate := hush.Sample(&h, share, seed)
		for i := range 10_000 {
			gate.Update(nil, "n", fmt.Sprint(i))
		}
		if int(gate.Dropped()) != 10_000-len(h.lines) {
			t.Errorf("%d were dropped, but %d passed", gate.Dropped(), len(h.lines))
		}
		return h.lines
	}
	if n := len(pass(0, 1)); n != 0 {
		t.Errorf("a share of 0 lets %d pass", n)
	}
	if n := len(pass(1, 1)); n != 10_000 {
		t.Errorf("a share of 1 lets %d pass", n)
	}
	if n := len(pass(0.3, 1)); n < 2800 || n > 3200 { // four standard deviations
		t.Errorf("a share of 0.3 lets %d of 10,000 pass", n)
	}
	if !cmp.Equal(pass(0.3, 7), pass(0.3, 7)) {
		t.Error("the same seed makes a difference")
	}
	if cmp.Equal(pass(0.3, 7), pass(0.3, 8)) {
		t.Error("another seed makes none")
	}
}

func TestThrottle(t *testing.T) {
	var h heard
	c := newClock()
	each, all := hush.Rate{Burst: 2, Every: 10 * time.Second}, hush.Rate{Burst: 3, Every: 4 * time.Second}
	gate := hush.Throttle(&h, each, all, byPath, c.now)
	for i := range 3 {
		gate.Update(nil, "ann", fmt.Sprint(i))
	}
	h.want(t, "ann 0", "ann 1")
	for i := range 3 {
		gate.Update(nil, "bob", fmt.Sprint(i))
	}
	h.want(t, "bob 0") // ann has used two of the three
	c.after(4 * time.Second)
	gate.Update(nil, "ann", "3")
	gate.Update(nil, "bob", "3")
	h.want(t, "bob 3") // ann may not yet, which took nothing from bob
	c.after(6*time.Second - 1)
	gate.Update(nil, "ann", "4")
	h.want(t)
	c.after(1)
	gate.Update(nil, "ann", "5")
	h.want(t, "ann 5")
}

// TestThrottleAgainstModel compares with a list of all that passed.
func TestThrottleAgainstModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	each, all := hush.Rate{Burst: 3, Every: 7 * time.Second}, hush.Rate{Burst: 10, Every: time.Second}
	var h heard
	c := newClock()
	gate := hush.Throttle(&h, each, all, byPath, c.now)
	buckets := map[string]float64{} // tokens, which a model may count as they are
	last := c.at
	for i := range 20_000 {
		c.after(time.Duration(random.IntN(1500)) * time.Millisecond)
		who := string(rune('a' + random.IntN(5)))
		fill := func(name string, r hush.Rate) float64 {
			had, known := buckets[name]
			if !known {
				had = float64(r.Burst)
			}
			return min(float64(r.Burst), had+float64(c.at.Sub(last))/float64(r.Every))
		}
		for _, name := range strings.Split("abcde", "") {
			buckets[name] = fill(name, each)
		}
		buckets["all"] = fill("all", all)
		last = c.at
		const rounding = 1e-6
		may := buckets[who] >= 1-rounding && buckets["all"] >= 1-rounding
		if may {
			buckets[who]--
			buckets["all"]--
		}
		gate.Update(nil, who, "x")
		if passed := len(h.lines) == 1; passed != may {
			t.Fatalf("update %d of %s passed: %v, by the model: %v", i, who, passed, may)
		}
		h.lines = nil
	}
}

// TestKeysAreBounded: those who are known go on, others wait until somebody is
// forgotten.
func TestKeysAreBounded(t *testing.T) {
	slow := hush.Rate{Burst: 1, Every: time.Minute}
	for name, put := range map[string]func(next thestral.Thestral, c *clock) *hush.Gate{
		"collapse": func(next thestral.Thestral, c *clock) *hush.Gate {
			return hush.Collapse(next, time.Minute, byPath, c.now)
		},
		"throttle": func(next thestral.Thestral, c *clock) *hush.Gate {
			return hush.Throttle(next, slow, plenty, byPath, c.now)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var h heard
			c := newClock()
			gate := put(&h, c)
			for i := range hush.MaxKeys {
				gate.Update(nil, fmt.Sprint(i), "")
			}
			if len(h.lines) != hush.MaxKeys {
				t.Fatalf("%d passed, it must be %d", len(h.lines), hush.MaxKeys)
			}
			h.lines = nil
			c.after(30 * time.Second)
			gate.Update(nil, "one more", "")
			h.want(t)
			c.after(30 * time.Second)
			gate.Update(nil, "0", "")
			gate.Update(nil, "one more", "")
			h.want(t, "0 ", "one more ")
		})
	}
}

func TestBucket(t *testing.T) {
	c := newClock()
	r := hush.Rate{Burst: 3, Every: time.Second}
	var b hush.Bucket
	take := func(want ...bool) {
		t.Helper()
		for i, want := range want {
			if got := b.Take(r, c.now()); got != want {
				t.Errorf("take %d: %v", i, got)
			}
		}
	}
	take(true, true, true, false)
	c.after(time.Second - 1)
	take(false)
	c.after(1)
	take(true, false)
	c.after(time.Hour) // it does not get fuller than full
	if got := b.Free(r, c.now()); got != 3 {
		t.Errorf("%d are free", got)
	}
	take(true, true, true, false)
}

func TestPerMinute(t *testing.T) {
	if diff := cmp.Diff(hush.Rate{Burst: 6, Every: 10 * time.Second}, hush.PerMinute(6)); diff != "" {
		t.Error(diff)
	}
	for _, none := range []hush.Rate{{}, {Burst: 1}, {Every: 1}, {Burst: -1, Every: 1}, {Burst: 1, Every: -1}} {
		if none.Valid() {
			t.Errorf("%+v is no rate", none)
		}
	}
}

// TestRules runs each gate through the rules of a Thestral. All that the suite says
// is on one path, and differs.
func TestRules(t *testing.T) {
	for name, put := range map[string]func(next thestral.Thestral) *hush.Gate{
		"collapse": func(next thestral.Thestral) *hush.Gate { return hush.Collapse(next, time.Nanosecond, everyOne(), nil) },
		"sample":   func(next thestral.Thestral) *hush.Gate { return hush.Sample(next, 1, 0) },
		"throttle": func(next thestral.Thestral) *hush.Gate { return hush.Throttle(next, plenty, plenty, byPath, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			thestraltest.Run(t, thestraltest.Suite{New: func(receivers ...thestral.Thestral) thestral.Thestral {
				return put(fan(receivers))
			}})
		})
	}
}

// everyOne returns a key that nothing has in common.
func everyOne() hush.Key {
	var mu sync.Mutex
	n := 0
	return func(string, string) string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprint(n)
	}
}

// fan hands on to several, each behind a queue if it needs one.
type fanned []thestral.Prompt

func fan(receivers []thestral.Thestral) (f fanned) {
	for _, r := range receivers {
		f = append(f, thestral.Prompted(r))
	}
	return f
}

func (f fanned) Update(sender thestral.Thestral, path, message string) {
	for _, to := range f {
		thestral.Deliver(to, sender, path, message)
	}
}

func (f fanned) Next() (next []thestral.Thestral) {
	for _, to := range f {
		next = append(next, to)
	}
	return next
}

// TestKeysMayLookAround: what a gate asks is not called under its lock.
func TestKeysMayLookAround(t *testing.T) {
	var h heard
	var gate *hush.Gate
	nested := false
	gate = hush.Collapse(&h, aWhile, func(path, _ string) string {
		if !nested {
			nested = true
			gate.Update(nil, "inner", "")
		}
		return path
	}, nil)
	gate.Update(nil, "outer", "")
	h.want(t, "inner ", "outer ")
}

func TestMistakesOfTheProgrammer(t *testing.T) {
	var h heard
	for name, wrong := range map[string]func(){
		"no next":       func() { hush.Sample(nil, 1, 0) },
		"no key":        func() { hush.Collapse(&h, aWhile, nil, nil) },
		"no window":     func() { hush.Collapse(&h, 0, byPath, nil) },
		"share above 1": func() { hush.Sample(&h, 1.1, 0) },
		"share below 0": func() { hush.Sample(&h, -0.1, 0) },
		"no rate":       func() { hush.Throttle(&h, hush.Rate{}, plenty, byPath, nil) },
		"share of NaN":  func() { hush.Sample(&h, math.NaN(), 0) },
		"no speaker":    func() { hush.Throttle(&h, plenty, plenty, nil, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "hush: ") {
					t.Errorf("the panic is %q", text)
				}
			}()
			wrong()
		})
	}
}
