package imperio

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/rootspush/roots/internal/loopback"
	"github.com/rootspush/roots/thestral"
)

// HTTP returns a handler for the clients of 2009, which send an update as
// GET /path;message and expect {sent:true}. What follows the first slash is
// percent-decoded, query and all, and read like a line, but a backslash is a
// backslash: these clients write no escapes and need none. The update goes,
// with no sender, to receiver, which stands behind a [thestral.Queue] if it may
// wait. Every other answer is {error:true}, and the reason is logged:
//
//	400  no path, or what breaks a limit
//	403  a browser says that another site made it ask
//	405  not GET
//	421  asked for by a name that is not loopback
//
// A GET that changes things can be triggered by any page, and not every browser
// says who made it ask, so leave this off unless an old client needs it. It
// must be served at the root, and not by [http.ServeMux], which redirects paths
// that have "//" in them.
func (s *Server) HTTP(receiver thestral.Thestral) http.Handler {
	next := thestral.Prompted(receiver)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, err := refusal(r)
		if err == nil {
			status, err = s.update(r, next)
		}
		answer := "{sent:true}"
		if err != nil {
			answer = "{error:true}"
			s.refuses(status)
			slog.Warn("a request is refused", "remote", r.RemoteAddr, "error", err)
		}
		header := w.Header()
		if status == http.StatusMethodNotAllowed {
			header.Set("Allow", http.MethodGet)
		}
		header.Set("Content-Type", "application/json")
		header.Set("Content-Length", strconv.Itoa(len(answer)))
		header.Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		io.WriteString(w, answer) // a client that is gone has no use for the error
	})
}

// refusal says why a request is not even read.
func refusal(r *http.Request) (status int, err error) {
	switch {
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, fmt.Errorf("the method is %q, only GET is allowed", r.Method)
	case !loopback.IsName(loopback.Name(r.Host)): // a page whose own name was made to point here
		return http.StatusMisdirectedRequest, fmt.Errorf("the host is %q, it must be localhost or a loopback address", r.Host)
	case isForeign(r):
		return http.StatusForbidden, errors.New("a page of another site made the browser ask")
	}
	return http.StatusOK, nil
}

// isForeign says whether the request shows that another site's page made it.
func isForeign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		return true
	}
	for _, name := range []string{"Origin", "Referer"} {
		if from := r.Header.Get(name); from != "" {
			if u, err := url.Parse(from); err != nil || u.Host != r.Host {
				return true
			}
		}
	}
	return false
}

// update reads the target as the client wrote it: r.URL would take the query
// away.
func (s *Server) update(r *http.Request, next thestral.Thestral) (status int, err error) {
	target, ok := strings.CutPrefix(r.RequestURI, "/")
	if !ok {
		return http.StatusBadRequest, fmt.Errorf("target %.80q must begin with a slash", r.RequestURI)
	}
	line, err := url.PathUnescape(target)
	if err != nil {
		return http.StatusBadRequest, err
	}
	path, message, _ := strings.Cut(line, ";")
	message = strings.TrimPrefix(message, " ")
	if err := thestral.CheckUpdate(path, message); err != nil {
		return http.StatusBadRequest, err
	}
	s.handOn(next, path, message)
	return http.StatusOK, nil
}
