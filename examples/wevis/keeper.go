package wevis

import (
	"errors"
	"sync"
	"time"
)

// What a server waits for.
const (
	// LoginTime is how long a client may take to log in after it was welcomed.
	LoginTime = 5 * time.Second
	// PingTime is how long a server rests between a pong and the next ping. The
	// first ping goes out when LoginTime is over.
	PingTime = 10 * time.Second
	// PongTime is how long a client may take to answer a ping.
	PongTime = 5 * time.Second
)

var (
	errNoLogin = errors.New("it did not log in within 5 s")
	errNoPong  = errors.New("it did not answer a ping within 5 s")
)

// A keeper knows how long a client may be silent. It has one timer, and is in
// one of three states.
//
//	state     when its time is over      what changes it before
//	entering  the connection ends        enter: quiet, and the time goes on
//	quiet     ping, then asked for 5 s
//	asked     the connection ends        pong: quiet for 10 s
//
// Other messages change nothing.
type keeper struct {
	ping func()
	end  func(error)

	mu    sync.Mutex // guards what is below
	state keeperState
	timer *time.Timer
}

type keeperState uint8

const (
	entering keeperState = iota
	quiet
	asked
	stopped
)

// newKeeper returns a keeper whose time begins now.
func newKeeper(ping func(), end func(error)) *keeper {
	k := &keeper{ping: ping, end: end}
	k.mu.Lock() // the timer could be done before it is kept
	defer k.mu.Unlock()
	k.timer = time.AfterFunc(LoginTime, k.expire)
	return k
}

func (k *keeper) expire() {
	switch k.next() {
	case entering:
		k.end(errNoLogin)
	case quiet:
		k.ping()
	case asked:
		k.end(errNoPong)
	}
}

// next returns the state that is over.
func (k *keeper) next() keeperState {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.state
	k.state = stopped
	if was == quiet {
		k.state = asked
		k.timer.Reset(PongTime)
	}
	return was
}

// enter says that the client has logged in, and tells it so before any ping. It
// reports false if that came too late.
func (k *keeper) enter(tell func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state != entering {
		return false
	}
	tell()
	k.state = quiet
	return true
}

// pong says that the client has answered. One that was not asked for does not
// put off the next ping.
func (k *keeper) pong() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state == asked {
		k.state = quiet
		k.timer.Reset(PingTime)
	}
}

// stop ends it; what is going on may still go on.
func (k *keeper) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state = stopped
	k.timer.Stop()
}
