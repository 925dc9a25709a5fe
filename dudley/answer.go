package dudley

import (
	"net/http"

	"github.com/rootspush/roots/internal/batch"
)

// answer tells the client how it went; no fault is success.
func answer(w http.ResponseWriter, r *http.Request, fault *batch.Refusal) {
	status, body := fault.Answer()
	contentType := "application/json"
	if _, ok := r.Header["Accept"]; !ok {
		body, contentType = answer2009(fault), "text/html"
	}
	write(w, status, contentType, body)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch status {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(status)
	w.Write(body) // if the client has left, there is nobody to tell
}

func answer2009(fault *batch.Refusal) []byte {
	if fault != nil {
		return []byte("{error:true}")
	}
	return []byte("{success:true}")
}
