package gateway

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// A Source says what the API is sent as the value of a header, made of the request of
// a client. It is not ok if there is nothing to be sent.
type Source func(r *http.Request) (value string, ok bool)

// Key is the value of a header.
func Key(name string) Source {
	separator := ", "
	if http.CanonicalHeaderKey(name) == "Cookie" {
		separator = "; "
	}
	return func(r *http.Request) (string, bool) {
		values := r.Header.Values(name)
		return strings.Join(values, separator), len(values) > 0
	}
}

// Param is a parameter of the query.
func Param(name string) Source {
	return func(r *http.Request) (string, bool) {
		query := r.URL.Query()
		return query.Get(name), query.Has(name)
	}
}

// Cookie is the value of a cookie.
func Cookie(name string) Source {
	return func(r *http.Request) (string, bool) {
		cookie, err := r.Cookie(name)
		if err != nil {
			return "", false
		}
		return cookie.Value, true
	}
}

// Fixed is the same for all clients.
func Fixed(value string) Source {
	return func(*http.Request) (string, bool) { return value, true }
}

// Map returns a source that changes what s says.
func (s Source) Map(change func(string) string) Source {
	return func(r *http.Request) (string, bool) {
		value, ok := s(r)
		if !ok {
			return "", false
		}
		return change(value), true
	}
}

// StockHeaders are what the API is sent where nothing else was chosen: the cookies, the
// User-Agent, X-Real-Ip, the CSRF token from its cookie, and "Token " with the token of
// the query as the Authorization.
func StockHeaders() map[string]Source {
	return map[string]Source{
		"Cookie":        Key("Cookie"),
		"User-Agent":    Key("User-Agent"),
		"X-Real-Ip":     Key("X-Real-Ip"),
		"X-Csrftoken":   Cookie("csrftoken"),
		"Authorization": Param("token").Map(func(token string) string { return "Token " + token }),
	}
}

// proxied returns the headers for the API.
func proxied(sources map[string]Source, r *http.Request) http.Header {
	header := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if value, ok := sources[name](r); ok {
			header.Set(name, value)
		}
	}
	return header
}
