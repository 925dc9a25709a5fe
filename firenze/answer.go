package firenze

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// What an answer to a poll consists of, beside the updates and the token.
const (
	answerStart  = `{"updates":[`
	answerMiddle = `],"reconnectWith":"`
	answerEnd    = `"}`
)

// appendAnswer appends an answer with these messages to b. The caller holds the
// lock, if there are any.
func (c *client) appendAnswer(b []byte, items []item, number uint64) []byte {
	b = append(b, answerStart...)
	for i, it := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, it.frame.json...)
	}
	b = append(b, answerMiddle...)
	b = c.appendToken(b, number)
	return append(b, answerEnd...)
}

// answerSize is how many bytes appendAnswer appends.
func (c *client) answerSize(items []item, number uint64) int {
	size := len(answerStart) + len(answerMiddle) + len(answerEnd) + max(0, len(items)-1) + bytesOf(items)
	return size + len(c.token) + digits(number)
}

func digits(n uint64) int {
	count := 1
	for ; n >= 10; n /= 10 {
		count++
	}
	return count
}

// refuse answers a request that can't be served now.
func (f *Firenze) refuse(w http.ResponseWriter, err error) {
	f.release(w)
	w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	f.fail(w, http.StatusServiceUnavailable, err.Error())
}

// release lets the connection go with the answer if all are to go.
func (f *Firenze) release(w http.ResponseWriter) {
	if f.isDraining() {
		w.Header().Set("Connection", "close")
	}
}

// fail answers a request that is not done.
func (f *Firenze) fail(w http.ResponseWriter, status int, text string) {
	f.refuses(status)
	body, _ := json.Marshal(struct { // a string can always be encoded
		Error string `json:"error"`
	}{text})
	answer(w, status, body)
}

// answer writes a JSON body, whose length is told even if it is long, so that it
// is not sent in chunks. A client that does not take it is cut off.
func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	limitWriting(w)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone asks again, and what it lacks is still queued
}

// limitWriting gives the client [writeTimeout] to accept what is written next.
func limitWriting(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // not every writer can
}
