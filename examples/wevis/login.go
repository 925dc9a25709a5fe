package wevis

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"log/slog"
	"runtime/debug"
)

// What a peer that is refused may be told.
const (
	reasonUnexpected = "Unexpected message."
	reasonInvalid    = "Invalid credentials."
	reasonTooMany    = "Maximum number of connections per user reached."
)

// A Login is what a client says about itself.
type Login struct {
	User     string
	Password string // what Encrypt makes of the plain password and Salt
	Salt     string // what the server told the client
	Version  string // of the client, any text
}

// Matches says whether the client knows the plain password. It takes the same
// time however wrong the client is.
func (l Login) Matches(plain string) bool {
	return subtle.ConstantTimeCompare([]byte(l.Password), []byte(Encrypt(plain, l.Salt))) == 1
}

// A User is somebody who has logged in.
type User struct {
	// Name is what connections are counted by, see [Server.PerUser].
	Name string
	// Data is the application's own.
	Data any
	// Room is where the user is let in. nil stands for the room of the server.
	Room *Room
}

// A Validator says who it is that logs in. A [Rejection] is what the client is
// told; with any other error, which is logged, or a nil user, it is told
// "Invalid credentials.".
//
// It is called from many goroutines at once and may wait, but not beyond the end
// of ctx, when the time of the login is over. One that panics has let nobody in.
type Validator func(ctx context.Context, l Login) (*User, error)

// A Rejection is why a login is refused, in words for the client.
type Rejection string

// Error returns the words.
func (r Rejection) Error() string { return string(r) }

// Encrypt returns what a client sends for its password: the SHA-512 of both
// texts, in hexadecimal digits.
func Encrypt(password, salt string) string {
	sum := sha512.Sum512([]byte(password + salt))
	return hex.EncodeToString(sum[:])
}

// newSalt returns 128 random hexadecimal digits.
func newSalt() string {
	var salt [64]byte
	_, _ = rand.Read(salt[:]) // never fails
	return hex.EncodeToString(salt[:])
}

// ask returns whom the validator lets in, or what the client is to be told; only
// one of the two is there.
func (v Validator) ask(ctx context.Context, l Login) (user *User, reason string) {
	reason = reasonInvalid // also if it panics
	defer func() {
		if cause := recover(); cause != nil {
			slog.Error("a validator panicked", "panic", cause, "stack", string(debug.Stack()))
		}
	}()
	user, err := v(ctx, l)
	var rejection Rejection
	switch {
	case errors.As(err, &rejection):
		return nil, cmp.Or(string(rejection), reasonInvalid)
	case err != nil:
		slog.Error("a validator failed", "user", l.User, "error", err)
	case user != nil:
		return user, ""
	}
	return nil, reasonInvalid
}
