package firenze

import (
	"bytes"
	"net/http"
	"time"

	"github.com/rootspush/roots/connectors/browser"
)

// serveFile serves the client for browsers.
func (f *Firenze) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	switch name {
	case "pomona.js":
		serveText(w, r, "text/javascript", browser.Module)
	case "pomona.d.ts":
		serveText(w, r, "application/typescript", browser.Types)
	default:
		f.fail(w, http.StatusNotFound, "there is nothing here; a session is begun at the folder above, and asked for with ID/TOKEN")
	}
}

func serveText(w http.ResponseWriter, r *http.Request, kind string, content []byte) {
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	limitWriting(w)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
