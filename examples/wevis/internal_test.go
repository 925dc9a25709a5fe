package wevis

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestKeeperTooLate: who logs in at the moment at which the time is over is not
// told that it worked.
func TestKeeperTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var why error
		k := newKeeper(func() { t.Error("it pings") }, func(err error) { why = err })
		time.Sleep(LoginTime)
		synctest.Wait()
		if k.enter(func() { t.Error("it tells") }) || why != errNoLogin {
			t.Errorf("it was let in, although %v", why)
		}
	})
}

// TestEnterAfterExit: a browser may have gone before it is let in.
func TestEnterAfterExit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Room{Protocol: NewProtocol(), UserEnter: func(*Member) { t.Error("it enters") }, UserExit: func(*User) { t.Error("it leaves") }}
		m := newMember(&User{Name: "ann"}, r, nil, nil)
		r.start()
		r.exit(m)
		r.enter(m)
		synctest.Wait()
		if len(r.Members()) != 0 {
			t.Error("it is there for ever")
		}
	})
}
