package faults

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rootspush/roots/thestral"
)

// A Backend is where the messages come from. It has a few paths with a state
// each, which is a number, and pushes every change of it.
type Backend struct {
	to     thestral.Thestral
	states map[string]*atomic.Uint64 // by path; the map does not change
}

// NewBackend returns a back-end that sends its updates to a Dolores with a Pig.
func NewBackend(to thestral.Thestral, paths ...string) *Backend {
	b := &Backend{to, map[string]*atomic.Uint64{}}
	for _, path := range paths {
		b.states[path] = new(atomic.Uint64)
	}
	return b
}

// Publish changes the state of a path, and says so. That goes on in one goroutine
// at a time, as the order of the messages is that of the changes.
func (b *Backend) Publish(path string) {
	b.to.Update(nil, path, text(path, b.states[path].Add(1)))
}

// PublishWhile publishes on every path, with pauses of up to most, until do
// returns.
func (b *Backend) PublishWhile(do func(), most time.Duration) {
	var publishers sync.WaitGroup
	done := make(chan struct{})
	for path := range b.states {
		publishers.Go(func() { b.publishUntil(done, path, most) })
	}
	do()
	close(done)
	publishers.Wait()
}

func (b *Backend) publishUntil(done <-chan struct{}, path string, most time.Duration) {
	for {
		select {
		case <-done:
			return
		case <-time.After(rand.N(most)):
			b.Publish(path)
		}
	}
}

// connect lets a session hear all paths.
func (b *Backend) connect(id string) {
	for path := range b.states {
		b.to.Update(nil, thestral.Connect, thestral.JoinConnection(id, path))
	}
}

// text is the message of a change: the number, and something that a careless
// encoding would spoil, of a length that differs.
func text(path string, number uint64) string {
	return fmt.Sprint(number, " ", path, strings.Repeat("\n\"\\<é\u2028", int(number*number%29)))
}

// numberOf reads the number of a message that is as text makes it.
func numberOf(path, message string) (uint64, error) {
	digits, _, _ := strings.Cut(message, " ")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || message != text(path, number) {
		return 0, fmt.Errorf("path %q has the message %q, which nobody sent", path, message)
	}
	return number, nil
}
