package pomona

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	firstRest   = 250 * time.Millisecond
	longestRest = 10 * time.Second
	// longestRetryAfter bounds what a server may ask for.
	longestRetryAfter = 5 * time.Minute
)

// statusError is the failure of a request that was answered, but not as it
// should be.
type statusError struct {
	status     int
	retryAfter time.Duration
}

func (e *statusError) Error() string { return fmt.Sprintf("the answer has status %d", e.status) }

func unwanted(response *http.Response) *statusError {
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	asked := min(max(seconds, 0), int(longestRetryAfter/time.Second))
	return &statusError{response.StatusCode, time.Duration(asked) * time.Second}
}

// rest waits between two attempts, for as long as the server asked for and a
// time at random, or until ctx ends.
func rest(ctx context.Context, attempt int, err error) {
	most := min(longestRest, firstRest<<min(attempt, 10)) // no further, or it would overflow
	wait := rand.N(most)
	if refusal := (*statusError)(nil); errors.As(err, &refusal) {
		wait += refusal.retryAfter
	}
	pause(ctx, wait)
}

func pause(ctx context.Context, wait time.Duration) {
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
}
