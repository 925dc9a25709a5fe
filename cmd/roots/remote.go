package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/rootspush/roots/internal/address"
)

// defaultURL is where Dudley listens unless it is told otherwise.
const defaultURL = "http://127.0.0.1:8004"

// A remote is a server that is running, as its trusted port shows it.
type remote struct{ url, token string }

// newFlags returns the flags of a command that speaks to a server, which are
// parsed with [program.parse].
func (r *remote) newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&r.url, "url", defaultURL, "`URL` of the trusted port of the server, or unix:/path for a Unix socket")
	flags.StringVar(&r.token, "token", "", "the `TOKEN` of the server, if it asks for one")
	return flags
}

// get asks for what the trusted port shows. The caller closes the body.
func (r *remote) get(ctx context.Context, path string, query url.Values) (*http.Response, error) {
	base, client := address.HTTP(r.url)
	target := strings.TrimSuffix(base, "/") + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, misuse{fmt.Errorf("--url is %q, it must be like %s or unix:/path", r.url, defaultURL)}
	}
	if r.token != "" {
		request.Header.Set("Authorization", "Bearer "+r.token)
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("no server answers at %s: %w", r.url, err)
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		var body struct{ Error string }
		_ = json.NewDecoder(io.LimitReader(answer.Body, 4<<10)).Decode(&body)
		return nil, fmt.Errorf("%s answered %s: %s", r.url, answer.Status, body.Error)
	}
	return answer, nil
}
