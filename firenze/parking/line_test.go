//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package parking

import "testing"

// TestLine holds that a poller does not fall asleep over those that stand in line,
// and that whoever comes when it sleeps, and only the first, rings the bell.
func TestLine(t *testing.T) {
	var l line
	if err := l.open(); err != nil {
		t.Fatal(err)
	}
	defer l.close()
	rung := func() int {
		n, _ := receive(l.bell, make([]byte, 10))
		return n
	}
	l.join(&Conn{})
	if l.sleep() || rung() != 0 {
		t.Error("it sleeps though one stands in line, or the bell rang for one who is awake")
	}
	if woken, _, ended := l.take(nil); len(woken) != 1 || ended {
		t.Errorf("%d stood in line, ended %v", len(woken), ended)
	}
	if !l.sleep() {
		t.Error("it does not sleep though the line is empty")
	}
	l.join(&Conn{})
	l.join(&Conn{})
	if n := rung(); n != 1 {
		t.Errorf("the bell rang %d times, want once", n)
	}
	l.take(nil)
	l.sleep()
	l.end()
	if _, _, ended := l.take(nil); !ended || l.sleep() || rung() != 1 {
		t.Error("it sleeps on after the end")
	}
}
