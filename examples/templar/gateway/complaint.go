package gateway

import (
	"log/slog"
	"sync"
	"time"
)

// A complaint is about what strangers, or an API that is broken, can make happen very
// often. It is logged once a second at most, with how often it happened by then.
type complaint struct {
	mu    sync.Mutex // guards what is below
	last  time.Time  // when it was logged
	times int        // that it happened since
}

func (c *complaint) warn(text string, args ...any) {
	if times := c.due(); times > 0 {
		slog.Warn(text, append(args, "times", times)...)
	}
}

// due returns how often it happened, or 0 if it is not to be logged now.
func (c *complaint) due() (times int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times++
	if time.Since(c.last) < time.Second {
		return 0
	}
	times, c.last, c.times = c.times, time.Now(), 0
	return times
}
