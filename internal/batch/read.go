package batch

import (
	"bytes"
	"io"
	"net/http"
)

// MaxBody is how many bytes a body holds.
const MaxBody = 1 << 20

// Read returns the body of a request, if its length was announced and all of it
// came: 411, 413 or 400 if not. It waits for the client; a slow one is for the
// deadlines of the server.
func Read(r *http.Request) ([]byte, *Refusal) {
	switch {
	case r.ContentLength < 0:
		return nil, Refuse(http.StatusLengthRequired, "the length of the body is unknown, send Content-Length")
	case r.ContentLength > MaxBody:
		return nil, Refuse(http.StatusRequestEntityTooLarge, "the body is %d bytes long, at most %d are allowed", r.ContentLength, MaxBody)
	}
	// Room for most bodies at once, which takes a tenth off a batch of 100 beside
	// io.ReadAll; who announces more gets more only for what comes.
	var body bytes.Buffer
	body.Grow(int(min(r.ContentLength, 16<<10)) + bytes.MinRead)
	// One byte more, to notice a body that some middleware made longer.
	n, err := body.ReadFrom(io.LimitReader(r.Body, r.ContentLength+1))
	if err != nil || n != r.ContentLength {
		return nil, Refuse(http.StatusBadRequest, "the body is not as long as its Content-Length of %d", r.ContentLength)
	}
	return body.Bytes(), nil
}
