// Package serving runs an HTTP server for as long as a context goes on, in the form
// in which Dolores takes something into her care.
package serving

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// grace is how long requests that are under way may take to end.
const grace = 5 * time.Second

// HTTP calls serve, which is a method of server such as Serve with its listener,
// and shuts the server down when ctx ends: requests that are under way are
// finished, but those that take longer than five seconds are cut off. It returns
// nil then, and the error of serve if that ends before. It waits until serve has
// ended.
func HTTP(ctx context.Context, server *http.Server, serve func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	soon, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(soon); err != nil {
		slog.Warn("some connections are cut off, because their requests did not end", "error", err)
		server.Close()
	}
	<-ended
	return nil
}
