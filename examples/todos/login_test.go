package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// post sends a form, with a cookie if there is one.
func (s *site) post(path string, form url.Values, cookie *http.Cookie) *http.Response {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != nil {
		r.AddCookie(cookie)
	}
	return s.serve(r).Result()
}

// TestLogin: a login has a cookie that scripts can't read and other sites can't
// use, and a new secret each time; it ends with the logout.
func TestLogin(t *testing.T) {
	s := newSite(t)
	login := func(before *http.Cookie) *http.Cookie {
		answer := s.post("/login", url.Values{"name": {" Zoë "}}, before)
		if answer.StatusCode != 303 || answer.Header.Get("Location") != "/lists/zo%C3%AB" {
			t.Fatalf("status %d to %q", answer.StatusCode, answer.Header.Get("Location"))
		}
		cookie := answer.Cookies()[0]
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || len(cookie.Value) < 26 {
			t.Errorf("the cookie is %v", cookie)
		}
		return cookie
	}
	first := login(nil)
	second := login(first)
	if s.logins.who(first.Value) != "" || s.logins.who(second.Value) != "zoë" {
		t.Errorf("the first login is of %q, the second of %q", s.logins.who(first.Value), s.logins.who(second.Value))
	}
	answer := s.post("/logout", nil, second)
	if answer.StatusCode != 303 || answer.Cookies()[0].MaxAge >= 0 || s.logins.who(second.Value) != "" {
		t.Errorf("after the logout: status %d, %v, %q", answer.StatusCode, answer.Cookies(), s.logins.who(second.Value))
	}
}

// TestLoginRefused: the form is shown again, with what is wrong.
func TestLoginRefused(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"", "a/b", strings.Repeat("x", maxName+1)} {
		answer := s.post("/login", url.Values{"name": {name}}, nil)
		if answer.StatusCode != 400 || len(answer.Cookies()) > 0 {
			t.Errorf("%q: status %d, %v", name, answer.StatusCode, answer.Cookies())
		}
	}
	r := httptest.NewRequest("POST", "/login", strings.NewReader("name=ann"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := s.serve(r); w.Code != 403 || len(w.Result().Cookies()) > 0 {
		t.Errorf("from another site: status %d, %v", w.Code, w.Result().Cookies())
	}
}
