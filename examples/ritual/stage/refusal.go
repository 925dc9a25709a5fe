package stage

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// A refusal is an error that a client is answered with.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// Texts that clients of the original know.
var (
	errNotFound  = refuse(http.StatusNotFound, "Not Found")
	errBadForm   = refuse(http.StatusBadRequest, "Bad Form")
	errDuplicate = refuse(http.StatusBadRequest, "Duplicate")
)

// errUnknown is for a client that was forgotten, or that the server never knew
// because it has been started again. A page that gets it loads itself anew.
var errUnknown = refuse(http.StatusUnauthorized, "this page is not known any more, load it again")

var errObserver = refuse(http.StatusForbidden, "who observes a ritual sends nothing")

// statusOf returns the status that goes with an error. What is no refusal was
// caused by what the client sent, too.
func statusOf(err error) int {
	var refused *refusal
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &refused):
		return refused.status
	case errors.As(err, &tooLong):
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// fail answers a request that is not done.
func fail(w http.ResponseWriter, err error) {
	status := statusOf(err)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, err.Error()) // a client that has gone needs no answer
}

// done answers a post: 204, or what is wrong.
func done(w http.ResponseWriter, err error) {
	if err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
