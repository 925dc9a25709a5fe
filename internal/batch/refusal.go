package batch

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Refusal is why updates are not taken.
type Refusal struct {
	Status int    `json:"-"`               // of the HTTP answer
	Text   string `json:"error"`           // in words
	Index  *int   `json:"index,omitempty"` // of the item at fault, nil if it is no single one
}

// Refuse makes a Refusal without an index; the text is made as by fmt.Sprintf.
func Refuse(status int, format string, args ...any) *Refusal {
	return &Refusal{Status: status, Text: fmt.Sprintf(format, args...)}
}

// at says which item is at fault.
func (r *Refusal) at(index int) *Refusal {
	r.Index = &index
	return r
}

// IsMalformed says of the status of a Refusal whether what came was wrong in
// itself, so that nobody may send it, and not just this client.
func IsMalformed(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusLengthRequired, http.StatusRequestEntityTooLarge:
		return true
	}
	return false
}

// Answer returns what the client is told, as an HTTP status and a JSON body:
// {"error":"…","index":n} or, for nil, {"success":true}.
func (r *Refusal) Answer() (status int, body []byte) {
	if r == nil {
		return http.StatusOK, []byte(`{"success":true}`)
	}
	body, _ = json.Marshal(r) // a text and a number can't fail
	return r.Status, body
}
