package main

import (
	"strings"
)

// answerRules are about what is made of each answer.
var answerRules = []rule{
	{"refusal", func(t *trial) {
		for _, status := range []int{400, 403, 413, 421, 429} {
			t.stage(says(httpAnswer(status, `{"error":"no such é","index":2}`)))
			t.tells("no such é", t.fails(status, 2, "update", "p", "m"))
		}
		t.stage(says(httpAnswer(403, `{"error":"not here"}`)))
		t.tells("not here", t.fails(403, none, "update", "p", "m"))
		var d real
		wrong := "wrong"
		t.makesWith(request{URL: t.serves(&d, "secret") + "/", Timeout: 10, Token: &wrong})
		t.tells("the token is missing or wrong", t.fails(401, none, "update", "p", "m"))
		t.arrived(&d)
	}},
	{"wrong-body", func(t *trial) {
		for _, body := range []string{"", "<html>welcome</html>", "{success:true}", "true", "null", "[]", `"success"`, "\xff", `{"success":false}`,
			`{"success":"true"}`, `{"success":1}`, `{"error":"no"}`, `{"success":true`, long("[", 60000)} {
			t.stage(says(httpAnswer(200, body)))
			t.fails(200, none, "update", "p", "m")
		}
	}},
	{"other-success", func(t *trial) {
		for _, status := range []int{201, 202, 206} {
			t.stage(says(httpAnswer(status, success)))
			t.fails(status, none, "update", "p", "m")
		}
		t.stage(says("HTTP/1.1 204 No Content\r\n\r\n"))
		t.fails(204, none, "update", "p", "m")
	}},
	{"redirect", func(t *trial) {
		for _, status := range []int{301, 302, 303, 307, 308} {
			s := t.stage(says(httpAnswer(status, success, "Location: /elsewhere")), takes)
			t.fails(status, none, "update", "p", "m")
			t.asked(s, 1)
		}
	}},
	{"client-error", func(t *trial) {
		for _, body := range []string{"", "404 page not found\n", success, `{"error":7}`, `["error"]`, "null"} {
			t.stage(says(httpAnswer(404, body)))
			t.fails(404, none, "update", "p", "m")
		}
	}},
	{"server-error", func(t *trial) {
		for _, status := range []int{500, 502, 503, 504} {
			for _, body := range []string{success, "<html>bad gateway</html>", `{"error":"no","index":1}`} {
				s := t.stage(says(httpAnswer(status, body, "Retry-After: 0")), takes)
				t.fails(status, none, "update", "p", "m")
				t.asked(s, 1)
			}
		}
	}},
}

// tells expects that the error of an answer has this text in it.
func (t *trial) tells(text string, a answer) {
	if t.fault == nil && !strings.Contains(*a.Error, text) {
		t.failf("the error is %q, want %q in it", *a.Error, text)
	}
}

// letters takes a text apart into its bytes.
func letters(text string) (all []string) {
	for _, b := range []byte(text) {
		all = append(all, string([]byte{b}))
	}
	return all
}
