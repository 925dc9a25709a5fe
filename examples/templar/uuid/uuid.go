// Package uuid makes the random names that clients and brokers of the original
// know: those of connections, and of queues.
package uuid

import (
	"crypto/rand"
	"fmt"
)

// New returns a random UUID (version 4 of RFC 9562), such as
// "f47ac10b-58cc-4372-a567-0e02b2c3d479". It does not wait.
func New() string {
	var b [16]byte
	rand.Read(b[:]) // it never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
