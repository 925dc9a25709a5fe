package firenze

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"log/slog"
	"strconv"
	"strings"
)

// What a client reconnects with is "ID/TOKEN", and a token is "KEY-NUMBER": the
// secret of the session and the number of the last message of the answer that it
// came with. Clients keep it whole.

// newKey returns a secret of 130 random bits that is safe in a URL.
func newKey() string { return rand.Text() }

// setID gives a new client its id and its key.
func (c *client) setID(id, key string) { c.id, c.token = id, id+"/"+key+"-" }

func (c *client) key() string { return c.token[len(c.id)+len("/") : len(c.token)-len("-")] }

// appendToken appends what confirms everything up to number, id and all.
func (c *client) appendToken(b []byte, number uint64) []byte {
	return strconv.AppendUint(append(b, c.token...), number, 10)
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

// find returns the client whose id and key these are, and the number, or nil. One
// that is not here is fetched; an error says that it is elsewhere. That an id is
// unknown and that a key is wrong must look alike.
func (f *Firenze) find(ctx context.Context, id, token string) (c *client, number uint64, err error) {
	key, number := splitToken(token)
	known, ok := f.clients.Load(id)
	for found := true; !ok && f.options.Fetch != nil && !f.isDraining() && found; {
		if found, err = f.options.Fetch(ctx, id, key); err != nil {
			return nil, 0, err
		}
		known, ok = f.clients.Load(id) // another request may have it fetched away already
	}
	switch {
	case !ok:
		return nil, 0, nil
	case !sameKey(known.(*client).key(), key):
		f.counters.refused.Add(1)
		slog.Warn("a client comes with the wrong key", "id", id) // which is known, and so no key
		return nil, 0, nil
	}
	return known.(*client), number, nil
}

// number returns the number in what a client reconnects with, if it is of this
// session and whole.
func (c *client) number(session []byte) (number uint64, ok bool) {
	n := len(c.token)
	if len(session) < n || subtle.ConstantTimeCompare(session[:n], []byte(c.token)) != 1 {
		return 0, false
	}
	number, err := strconv.ParseUint(string(session[n:]), 10, 64)
	return number, err == nil
}
