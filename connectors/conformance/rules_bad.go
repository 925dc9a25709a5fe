package main

import "github.com/rootspush/roots/thestral"

// badRules are about what is not valid.
var badRules = []rule{
	{"bad-update", func(t *trial) {
		d := t.dudley()
		for _, bad := range [][2]string{{"", "m"}, {"a\nb", "m"}, {"a\u0085", "m"}, {long("x", thestral.MaxPath+1), "m"},
			{long("é", 128), "m"}, {"p", long("x", thestral.MaxMessage+1)}, {"p", long("é", thestral.MaxMessage/2) + "x"}} {
			t.fails(400, 1, "updates", [][2]string{{"p", "m"}, bad, {"q", "m"}})
			t.arrived(d)
		}
	}},
	{"bad-id", func(t *trial) {
		s := t.stage(takes)
		for _, verb := range []string{"connect", "disconnect"} {
			for _, bad := range []string{"", "->", "a->b"} {
				t.fails(400, 0, verb, bad, "p")
				t.fails(400, 0, verb, bad, []string{"p", "q"})
			}
		}
		t.asked(s, 0)
	}},
	{"bad-path", func(t *trial) {
		s := t.stage(takes)
		for _, verb := range []string{"connect", "disconnect"} {
			for _, bad := range []string{"", "::connect", "::", "a\nb", "a\x00", "a\x7f", "a\u009f", long("x", thestral.MaxPath+1), long("é", 128)} {
				t.fails(400, 0, verb, id, bad)
				t.fails(400, 1, verb, id, []string{"p", bad, "q"})
			}
		}
		t.asked(s, 0)
	}},
	{"bad-token", func(t *trial) {
		s := t.plays(takes)
		for _, token := range []string{"secret\n", "secret\r\nX-Evil: 1", "a\x00b"} {
			t.refused(request{URL: "http://" + s.addr() + "/", Timeout: 10, Token: &token})
		}
		t.asked(s, 0)
	}},
	{"bad-url", func(t *trial) {
		for _, url := range []string{"localhost", "localhost:8004", "/", "http://", "ftp://localhost/", "http://localhost/?x", "http://localhost/#x",
			"http://localhost:x/", "http://[::1/", "http://local host/", "unix:"} {
			if a := t.ask(request{Call: "new", URL: url, Timeout: 10}); t.fault == nil && a.Error == nil {
				t.failf("a connector was made for %q, want an error", url)
			}
		}
	}},
}

// refused expects an error when the connector is made, or at its first call.
func (t *trial) refused(r request) {
	r.Call = "new"
	a := t.ask(r)
	if t.fault == nil && a.Error == nil {
		a = t.ask(request{Call: "update", Args: []any{"p", "m"}})
	}
	if t.fault == nil && a.Error == nil {
		t.failf("the token %q gave success, want an error", *r.Token)
	}
}
