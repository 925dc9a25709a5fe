//go:build !linux

package parking

// A ring is for Linux.
type ring struct{}

func openRing() *ring                { return nil }
func (*ring) close()                 {}
func (*ring) send([]transfer) int    { return 0 }
func (*ring) receive([]transfer) int { return 0 }
