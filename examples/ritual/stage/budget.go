package stage

import (
	"net/http"
	"sync/atomic"
)

// A budget bounds how many bytes there are of a kind.
type budget struct {
	most int64
	used atomic.Int64
}

// take reports whether so many bytes more may be there, and counts them then.
func (b *budget) take(size int) bool {
	if b.used.Add(int64(size)) <= b.most {
		return true
	}
	b.give(size)
	return false
}

func (b *budget) give(size int) { b.used.Add(-int64(size)) }

// bounded lets next read no more of a body than [maxBody], and of all bodies
// together no more than the budget has.
func (b *budget) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		size := int(min(req.ContentLength, maxBody))
		if size < 0 {
			size = maxBody // it is not told
		}
		if !b.take(size) {
			fail(w, errBusy)
			return
		}
		defer b.give(size)
		req.Body = http.MaxBytesReader(w, req.Body, maxBody)
		next.ServeHTTP(w, req)
	})
}

var errBusy = refuse(http.StatusServiceUnavailable, "too much is being sent at a time, try again")
