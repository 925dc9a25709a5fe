package dudley

import (
	"net/http"

	"github.com/rootspush/roots/internal/batch"
)

// form is what a client is told of how it went; no fault is success.
func form(r *http.Request, fault *batch.Refusal) (status int, contentType string, body []byte) {
	status, body = fault.Answer()
	if _, ok := r.Header["Accept"]; !ok {
		return status, "text/html", answer2009(fault)
	}
	return status, "application/json", body
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	setHeaders(h, contentType)
	switch status {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(status)
	w.Write(body) // if the client has left, there is nobody to tell
}

func setHeaders(h http.Header, contentType string) {
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}

func answer2009(fault *batch.Refusal) []byte {
	if fault != nil {
		return []byte("{error:true}")
	}
	return []byte("{success:true}")
}
