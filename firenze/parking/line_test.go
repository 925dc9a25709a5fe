package parking

import (
	"testing"
	"time"
)

// TestLine holds that the bell rings for the first who comes and for nobody else
// until the poller took them, and that a late one does no harm after the end.
func TestLine(t *testing.T) {
	l := newLine()
	rung := func() (n int) {
		for {
			select {
			case _, open := <-l.bell:
				if !open {
					return -1
				}
				n++
			default:
				return n
			}
		}
	}
	for range 3 {
		l.join(&Conn{})
		l.join(&Conn{})
		if n := rung(); n != 1 {
			t.Errorf("the bell rang %d times, want once", n)
		}
		if woken, passed := l.take(nil); len(woken) != 2 || passed != nil {
			t.Errorf("%d stood in line, want 2; somebody waits for them: %v", len(woken), passed != nil)
		}
	}
	passed := l.pass()
	if rung() != 1 {
		t.Error("the bell did not ring though somebody waits for the line to pass")
	}
	if _, done := l.take(nil); (<-chan struct{})(done) != passed {
		t.Error("the poller is not told who waits for the line to pass")
	}
	l.end()
	l.join(&Conn{})
	if rung() != -1 {
		t.Error("the poller is not told of the end")
	}
}

// TestLineHelps holds who may do the poller's work: whoever comes to an empty line,
// but not one directly after the other.
func TestLineHelps(t *testing.T) {
	l := newLine()
	if l.helped = time.Since(start) - rest; !l.helps(&Conn{}) || len(l.conns) > 0 {
		t.Error("nobody may help, though the poller has had a rest")
	}
	if l.helped = time.Since(start) + time.Hour; l.helps(&Conn{}) || len(l.conns) != 1 {
		t.Error("somebody may help directly after another")
	}
	if l.helped = 0; l.helps(&Conn{}) || len(l.conns) != 2 {
		t.Error("somebody may help before those who stand in line")
	}
}
