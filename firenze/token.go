package firenze

import (
	"crypto/rand"
	"crypto/subtle"
	"strconv"
	"strings"
)

// A token is "KEY-NUMBER": the secret of the session and the number of the last
// message of the answer that it came with. Clients keep it whole.

// newKey returns a secret of 130 random bits that is safe in a URL.
func newKey() string { return rand.Text() }

func joinToken(key string, number uint64) string {
	return key + "-" + strconv.FormatUint(number, 10)
}

// splitToken takes a token apart. What is no number is 0, which confirms
// nothing: a client that garbled it gets its messages again.
func splitToken(token string) (key string, number uint64) {
	key, digits, _ := strings.Cut(token, "-")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return key, 0
	}
	return key, number
}

// sameKey compares in constant time, so that a key can't be guessed by letters.
func sameKey(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
