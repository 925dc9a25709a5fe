package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
)

// loginCookie is the name of the cookie that says who somebody is.
const loginCookie = "progress-login"

// isName finds the names that people may have. They are folders, and parts of paths.
var isName = regexp.MustCompile(`^[a-z0-9]{1,30}$`)

// logins seals names in cookies, so that nobody can make one up. The key is that
// of this run, and a cookie of an earlier one is worth nothing.
type logins struct{ key []byte }

func newLogins() logins { return logins{[]byte(rand.Text())} }

// seal returns the name with a seal on it.
func (l logins) seal(name string) string {
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte(name))
	return name + "." + hex.EncodeToString(mac.Sum(nil))
}

// who returns the name of who sent the request, empty if nobody is signed in.
func (l logins) who(r *http.Request) string {
	cookie, err := r.Cookie(loginCookie)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(cookie.Value, ".")
	if !hmac.Equal([]byte(cookie.Value), []byte(l.seal(name))) {
		return ""
	}
	return name
}

// login believes whoever says a name: put a real check here.
func (a *app) login(w http.ResponseWriter, r *http.Request) {
	name := strings.ToLower(strings.TrimSpace(r.PostFormValue("name")))
	if !isName.MatchString(name) || name == everyone {
		http.Error(w, "a name must be 1 to 30 letters from a to z and digits, and not \"everyone\"", http.StatusBadRequest)
		return
	}
	if err := a.files.settle(name); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	setLogin(w, r, &http.Cookie{Value: a.logins.seal(name)})
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	setLogin(w, r, &http.Cookie{MaxAge: -1})
}

// setLogin sends the cookie, and the browser back to the page. No script can read
// it, and other sites can't make the browser send it along with a post.
func setLogin(w http.ResponseWriter, r *http.Request, cookie *http.Cookie) {
	cookie.Name, cookie.Path = loginCookie, "/"
	cookie.HttpOnly, cookie.SameSite = true, http.SameSiteLaxMode
	cookie.Secure = r.TLS != nil
	http.SetCookie(w, cookie)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
