package dudley

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// answer tells the client how it went; no fault is success.
func answer(w http.ResponseWriter, r *http.Request, fault *refusal) {
	status, body, body2009 := http.StatusOK, []byte(`{"success":true}`), []byte("{success:true}")
	if fault != nil {
		status, body2009 = fault.status, []byte("{error:true}")
		body, _ = json.Marshal(fault) // a text and a number can't fail
	}
	contentType := "application/json"
	if _, ok := r.Header["Accept"]; !ok {
		body, contentType = body2009, "text/html"
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
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
