package stage

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
)

// The cookies. The first two are as in the original.
const (
	ritLogin     = "ritLogin"   // logins, joined by "__"
	lastRitual   = "LastRitual" // where this browser was last
	leaderCookie = "ritLeader"  // a hash of the leader's token
)

// leaderToken is the secret that leaders need, if there is one.
const leaderToken = "LEADER_TOKEN"

const ridSeparator = "__"

var errNoLeader = refuse(http.StatusForbidden, "to lead needs the leader's token: open /NAME/lead?token=TOKEN once in this browser")

// setCookie sets one for as long as the browser is open, in the form that clients
// of the original know: their scripts read it.
func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/"})
}

func cookie(req *http.Request, name string) string {
	c, err := req.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func escapeName(name string) string { return url.PathEscape(name) }

// users are the logins of the browser that are known.
func (s *Stage) users(req *http.Request) []string {
	return s.logins.use(strings.Split(cookie(req, ritLogin), ridSeparator))
}

// mayLead says whether a request comes from a leader: from a browser that once
// showed the token, or with it. Without a secret all may lead.
func (s *Stage) mayLead(w http.ResponseWriter, req *http.Request) bool {
	token := s.secret(leaderToken)
	if token == "" {
		return true
	}
	hash := hashOf(token)
	if same(hashOf(req.FormValue("token")), hash) {
		http.SetCookie(w, &http.Cookie{Name: leaderCookie, Value: hash, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		return true
	}
	return same(cookie(req, leaderCookie), hash)
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte("leader " + token))
	return hex.EncodeToString(sum[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func unescapeName(text string) string {
	name, err := url.PathUnescape(text)
	if err != nil {
		return ""
	}
	return name
}
