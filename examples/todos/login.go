package main

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"sync"

	"github.com/julienschmidt/httprouter"
)

// maxLogins is how many people can be logged in. The oldest login makes room.
const maxLogins = 10_000

// loginCookie is the name of the cookie that holds the login's secret.
const loginCookie = "todos-login"

// logins knows who is logged in, by a secret that the browser keeps in a cookie.
// This is the application's own affair, and has nothing to do with push. The
// zero value is ready, and all methods may be called from many goroutines.
type logins struct {
	mu     sync.Mutex // guards all below
	names  map[string]string
	oldest []string // the secrets in order, those of ended logins too
}

// begin returns a new secret, of 130 random bits.
func (ls *logins) begin(name string) (secret string) {
	secret = rand.Text()
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.names == nil {
		ls.names = map[string]string{}
	}
	if len(ls.oldest) >= maxLogins {
		delete(ls.names, ls.oldest[0])
		ls.oldest = ls.oldest[1:]
	}
	ls.names[secret] = name
	ls.oldest = append(ls.oldest, secret)
	return secret
}

// who returns the name of who is logged in with this secret, empty if nobody is.
func (ls *logins) who(secret string) string {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.names[secret]
}

func (ls *logins) end(secret string) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	delete(ls.names, secret)
}

// secret returns what the browser has in its cookie.
func secret(r *http.Request) string {
	cookie, err := r.Cookie(loginCookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// who returns the name of who sent the request, empty if nobody is logged in.
func (a *app) who(r *http.Request) string { return a.logins.who(secret(r)) }

// login believes whoever says a name: put a real check here.
func (a *app) login(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
	name, err := cleanName(r.PostFormValue("name"))
	if err == nil {
		err = a.lists.begin(name)
	}
	if err != nil {
		showPage(w, pageData{}, err)
		return
	}
	a.logins.end(secret(r))
	setLogin(w, r, &http.Cookie{Value: a.logins.begin(name)})
	http.Redirect(w, r, pageOf(name), http.StatusSeeOther)
}

func (a *app) logout(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
	a.logins.end(secret(r))
	setLogin(w, r, &http.Cookie{MaxAge: -1})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// setLogin sends the cookie. No script can read it, and other sites can't make
// the browser send it along with a post.
func setLogin(w http.ResponseWriter, r *http.Request, cookie *http.Cookie) {
	cookie.Name, cookie.Path = loginCookie, "/"
	cookie.HttpOnly, cookie.SameSite = true, http.SameSiteLaxMode
	cookie.Secure = r.TLS != nil
	http.SetCookie(w, cookie)
}

// pageOf returns where the page of a list is.
func pageOf(list string) string { return "/lists/" + url.PathEscape(list) }
