package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// How many receivers are drawn.
const (
	defaultLimit = 200
	maxLimit     = 10_000
)

// serveGraph answers GET /graph?format=…&limit=… with the picture.
func (s *server) serveGraph(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	format, limit := "json", defaultLimit
	if query.Has("format") {
		format = query.Get("format")
	}
	if query.Has("limit") {
		limit, _ = strconv.Atoi(query.Get("limit"))
	}
	f, known := formats[format]
	switch {
	case !known:
		refuse(w, http.StatusBadRequest, "format %.80q must be one of %s", format, formatNames)
	case limit < 1 || limit > maxLimit:
		refuse(w, http.StatusBadRequest, "limit %.80q must be a number from 1 to %d", query.Get("limit"), maxLimit)
	default:
		show(w, f.media)
		_ = f.write(s.graph(limit), w) // if the client has left, there is nobody to tell
	}
}

func (g graph) writeJSON(w io.Writer) error { return json.NewEncoder(w).Encode(g) }

// show begins an answer that shows the state of the server at this moment.
func show(w http.ResponseWriter, media string) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// refuse answers {"error":"…"}.
func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	show(w, "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": fmt.Sprintf(format, args...)})
}

const graphAbout = `An edge is where updates travel: from what takes them in to Dolores, from her to her delegates, from Pig to the paths and patterns that somebody hears, and from these to who hears them, with the transport of each session and how full its queue is. What is more than the limit is counted, not drawn.
To see it as an image: roots graph | dot -Tsvg > roots.svg. Mermaid is what many wikis draw by themselves.`

// printGraph is "roots graph".
func printGraph(ctx context.Context, p program, args []string) error {
	var from remote
	flags := from.newFlags("graph")
	format := flags.String("format", "dot", "the `FORMAT`: "+formatNames)
	limit := flags.Int("limit", defaultLimit, "`how many` receivers to draw at most, the others are counted")
	if _, err := p.parse(flags, args, ""); err != nil {
		return err
	}
	if _, known := formats[*format]; !known {
		return misuse{fmt.Errorf("--format is %q, it must be one of %s", *format, formatNames)}
	}
	if *limit < 1 || *limit > maxLimit {
		return misuse{fmt.Errorf("--limit is %d, it must be from 1 to %d", *limit, maxLimit)}
	}
	answer, err := from.get(ctx, "/graph", url.Values{"format": {*format}, "limit": {strconv.Itoa(*limit)}})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(p.stdout, answer.Body)
	return err
}
