package firenze

import (
	"net/http"
	"time"
)

// tick is how often sessions are looked through, and how coarse their time is.
const tick = time.Second

// now is the time of the sessions. It costs no system call, and is at most a
// tick late.
func (f *Firenze) now() time.Duration { return time.Duration(f.clock.Load()) }

// setClock makes the time right, and returns it.
func (f *Firenze) setClock() time.Duration {
	now := time.Since(f.started)
	f.clock.Store(int64(now))
	return now
}

// renew makes anew what is good for a tick.
func (f *Firenze) renew() {
	f.setClock()
	f.frames.forget()
	f.counters.sampler.adapt(f.counters.sent.Load())
	date := time.Now().UTC().Format(http.TimeFormat)
	f.date.Store(&date)
}
