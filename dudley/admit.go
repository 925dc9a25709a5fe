package dudley

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/rootspush/roots/internal/batch"
	"github.com/rootspush/roots/internal/loopback"
)

// Guard lets those requests through to next that may speak to Dudley: the name
// of the host is known, no page of another origin sent them, and the token is
// right. Others get 421, 403 or 401 and {"error":"…"}. It is for what shows the
// state of the server beside Dudley. What a method does is left to next.
func (d *Dudley) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := d.trust(r); fault != nil {
			d.refused(r, fault)
			status, body := fault.Answer()
			write(w, status, "application/json", body)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// admit says why a request can't bring updates, whatever its body is, or nil.
func (d *Dudley) admit(r *http.Request) *batch.Refusal {
	if r.Method != http.MethodPost {
		return batch.Refuse(http.StatusMethodNotAllowed, "method %.80q does nothing here, updates are sent by POST", r.Method)
	}
	if fault := d.trust(r); fault != nil {
		return fault
	}
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return batch.Refuse(http.StatusBadRequest, "the address has a query, in a path \"?\" is written %%3F")
	}
	return nil
}

// trust says why a request may not speak to Dudley at all, or nil.
func (d *Dudley) trust(r *http.Request) *batch.Refusal {
	switch {
	case !d.knowsHost(r.Host):
		return batch.Refuse(http.StatusMisdirectedRequest, "host %.80q is not known here, say localhost or have it listed", r.Host)
	case d.origin.Check(r) != nil:
		return batch.Refuse(http.StatusForbidden, "a page of another origin sent this, only back-ends may")
	case !d.authorized(r):
		return batch.Refuse(http.StatusUnauthorized, "the token is missing or wrong, it is sent as \"Authorization: Bearer TOKEN\"")
	}
	return nil
}

// knowsHost refuses host names that others control. A page whose own name is
// made to resolve to this machine passes the check of its origin, but it can't
// choose the Host that its browser sends. No browser sends an empty one.
func (d *Dudley) knowsHost(host string) bool {
	if d.opt.Token != "" && len(d.hosts) == 0 {
		return true
	}
	name := loopback.Name(host)
	return name == "" || d.hosts[name] || loopback.IsName(name)
}

// authorized compares in constant time, so that the time that an answer takes
// does not tell how much of a guessed token was right.
func (d *Dudley) authorized(r *http.Request) bool {
	if d.opt.Token == "" {
		return true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") &&
		subtle.ConstantTimeCompare([]byte(token), []byte(d.opt.Token)) == 1
}
