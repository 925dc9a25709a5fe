package dudley_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// status sends a small update with these headers straight to a handler and
// returns the status, after checking that it arrived just when it is 200.
func status(t *testing.T, opt dudley.Options, host string, headers map[string]string) int {
	t.Helper()
	var rec thestraltest.Recorder
	r := httptest.NewRequest("POST", "/p", strings.NewReader("m"))
	r.Host = host
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	dudley.New(&rec, opt).ServeHTTP(w, r)
	if arrived := len(rec.Updates()) == 1; arrived != (w.Code == 200) {
		t.Errorf("answered %d, and of the update arrived %v", w.Code, rec.Updates())
	}
	return w.Code
}

func TestHost(t *testing.T) {
	listed := dudley.Options{Hosts: []string{"push.example:8004", "Other.Example."}}
	token := dudley.Options{Token: "secret"}
	both := dudley.Options{Token: "secret", Hosts: listed.Hosts}
	for _, test := range []struct {
		host string
		opt  dudley.Options
		want int
	}{
		{"localhost", dudley.Options{}, 200},
		{"localhost:8004", dudley.Options{}, 200},
		{"LocalHost.:8004", dudley.Options{}, 200},
		{"127.0.0.1", dudley.Options{}, 200},
		{"127.1.2.3:80", dudley.Options{}, 200},
		{"[::1]", dudley.Options{}, 200},
		{"[::1]:8004", dudley.Options{}, 200},
		{"", dudley.Options{}, 200}, // HTTP/1.0, or a socket in the file system

		{"evil.example", dudley.Options{}, 421},
		{"localhost.evil.example", dudley.Options{}, 421},
		{"evil.example:localhost", dudley.Options{}, 421},
		{"localhost:evil.example", dudley.Options{}, 421},
		{"evil-localhost", dudley.Options{}, 421},
		{"127.0.0.1.evil.example", dudley.Options{}, 421},
		{"128.0.0.1", dudley.Options{}, 421},
		{"0.0.0.0", dudley.Options{}, 421},
		{"[::2]", dudley.Options{}, 421},
		{"push.example", dudley.Options{}, 421},

		{"push.example", listed, 200},
		{"PUSH.example.:1", listed, 200},
		{"other.example:8004", listed, 200},
		{"localhost", listed, 200},
		{"a.push.example", listed, 421},
		{"example", listed, 421},

		{"evil.example", token, 200}, // it has the token, so it is no browser
		{"evil.example", both, 421},
		{"push.example", both, 200},
	} {
		headers := map[string]string{"Authorization": "Bearer secret"}
		if got := status(t, test.opt, test.host, headers); got != test.want {
			t.Errorf("host %q with %+v is answered %d, want %d", test.host, test.opt, got, test.want)
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, test := range []struct {
		name    string
		headers map[string]string
		want    int
	}{
		{"back-end", nil, 200},
		{"same origin", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8004"}, 200},
		{"same origin, old browser", map[string]string{"Origin": "http://localhost:8004"}, 200},
		{"other site", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}, 403},
		{"other port", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8008"}, 403},
		{"other port, old browser", map[string]string{"Origin": "http://localhost:8008"}, 403},
		{"sandbox", map[string]string{"Origin": "null"}, 403},
	} {
		if got := status(t, dudley.Options{}, "localhost:8004", test.headers); got != test.want {
			t.Errorf("%s is answered %d, want %d", test.name, got, test.want)
		}
	}
}

func TestToken(t *testing.T) {
	const token = "correct horse"
	for header, want := range map[string]int{
		"Bearer " + token:       200,
		"bearer " + token:       200,
		"Bearer  " + token:      401,
		"Bearer " + token + " ": 401,
		"Bearer":                401,
		"Bearer ":               401,
		"Basic " + token:        401,
		token:                   401,
		"":                      401,
	} {
		got := status(t, dudley.Options{Token: token}, "localhost", map[string]string{"Authorization": header})
		if got != want {
			t.Errorf("authorization %q is answered %d, want %d", header, got, want)
		}
	}
	for i := range token { // each single change is refused
		changed := token[:i] + "X" + token[i+1:]
		for _, wrong := range []string{changed, token[:i], token[i+1:]} {
			got := status(t, dudley.Options{Token: token}, "localhost", map[string]string{"Authorization": "Bearer " + wrong})
			if got != 401 {
				t.Errorf("token %q is answered %d, want 401", wrong, got)
			}
		}
	}
}
