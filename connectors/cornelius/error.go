package cornelius

import (
	"errors"
	"fmt"
	"net/http"
)

// ErrNotDudley is wrapped in the [Error] for an answer that Dudley never gives:
// the address is of something else, or a proxy between answered for it.
var ErrNotDudley = errors.New("this is no answer of Dudley")

// Error is why updates were not taken, or are not known to be. All verbs return
// errors of this type.
type Error struct {
	// Status is the HTTP status of the answer, also when the answer could be
	// given here without asking. It is 0 when no answer came.
	Status int
	// Message says what is wrong, and what would be right.
	Message string
	// Index is that of the update or path at fault, or -1 if it is none of them.
	Index int
	// Err is the cause that [errors.Is] and [errors.As] see; nil for a refusal.
	Err error
}

// Error returns all of it as one line.
func (e *Error) Error() string {
	text := e.Message
	if e.Index >= 0 {
		text = fmt.Sprintf("item %d: %s", e.Index, text)
	}
	if e.Err != nil {
		text = fmt.Sprintf("%s: %v", text, e.Err)
	}
	return "cornelius: " + text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// invalid is Dudley's answer to what need not be sent to be refused.
func invalid(index int, err error) *Error {
	return &Error{Status: http.StatusBadRequest, Index: index, Message: err.Error()}
}

func unanswered(cause error) *Error {
	return &Error{Index: -1, Message: "no answer came", Err: cause}
}
