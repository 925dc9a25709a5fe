package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

// id is one as Dolores gives them.
const id = "DOLORES-SERVER-OKsmGg1YmalouGMuxbbD00IIWASD51eH-1"

// sentRules are about what goes out.
var sentRules = []rule{
	{"request-line", func(t *trial) {
		s := t.plays(takes)
		for n, path := range []string{"/", "/behind/a//proxy/"} {
			t.makes("http://" + s.addr() + path)
			t.passes("update", "p", "m")
			if got, want := t.asked(s, n+1)[n].line, "POST "+path+" HTTP/1.1"; got != want {
				t.failf("the first line is %q, want %q", got, want)
			}
		}
	}},
	{"host", func(t *trial) {
		s := t.stage(takes)
		t.passes("update", "p", "m")
		t.header(s, "Host", s.addr())
	}},
	{"length", func(t *trial) {
		s := t.stage(takes)
		t.passes("update", "p", "é🦉")
		t.header(s, "Content-Length", strconv.Itoa(len(`[{"path":"p","message":"é🦉"}]`)))
		t.header(s, "Transfer-Encoding")
		t.header(s, "Expect")
	}},
	{"accept", func(t *trial) {
		s := t.stage(takes)
		t.passes("update", "p", "m")
		t.header(s, "Accept", "application/json")
	}},
	{"content-type", func(t *trial) {
		s := t.stage(takes)
		t.passes("update", "p", "m")
		t.header(s, "Content-Type", "application/json")
	}},
	{"token", func(t *trial) {
		s, token := t.plays(takes), "se-cr.et~+/="
		t.makesWith(request{URL: "http://" + s.addr() + "/", Timeout: 10, Token: &token})
		t.passes("update", "p", "m")
		t.header(s, "Authorization", "Bearer "+token)
		s = t.stage(takes)
		t.passes("update", "p", "m")
		t.header(s, "Authorization")
	}},
	{"update", func(t *trial) {
		s := t.stage(takes)
		t.passes("update", "my/data", "<b>hello & é🦉</b>")
		t.body(s, `[{"path":"my/data","message":"<b>hello & é🦉</b>"}]`)
	}},
	{"updates", func(t *trial) {
		s := t.stage(takes)
		t.passes("updates", pairs("b", "1", "a", "2", "b", "3"))
		t.body(s, `[{"path":"b","message":"1"},{"path":"a","message":"2"},{"path":"b","message":"3"}]`)
	}},
	{"connect", func(t *trial) { t.connections("connect") }},
	{"disconnect", func(t *trial) { t.connections("disconnect") }},
	{"text", func(t *trial) {
		d := t.dudley()
		for _, text := range []string{"", " ", "null", "7", `{"a": 1}`, `"`, "a\r\n\x00\x1b\x7f", "\u2028\u2029\ufeff\ufffd", `🦉é&<\/"\\`, "\u0085\U0010ffff", long("é", 32768)} {
			t.passes("update", "p", text)
			t.arrived(d, thestral.Update{Path: "p", Message: text})
		}
	}},
	{"paths", func(t *trial) {
		d := t.dudley()
		for _, path := range []string{"/", "a//../b/", "a b?c#d%41+", `"\`, "🦉", "::match", ":a", "a->b", long("é", 127) + "x"} {
			t.passes("update", path, "m")
			t.arrived(d, thestral.Update{Path: path, Message: "m"})
		}
	}},
	{"values", func(t *trial) {
		d := t.dudley()
		for _, value := range []string{`{"b":[1,2.5,"é"],"a":{}}`, "[]", `[1,"->",[]]`, "7", "-0.5", "true", "false", "null", `{"path":"x/y"}`} {
			if a := t.ask(request{Call: "update", Args: []any{"p", rawJSON(value)}}); a.Unsupported {
				t.unsupported = true
				return
			} else if t.fault == nil && a.Error != nil {
				t.failf("the message %s gave %v, want success", value, a)
			}
			t.arrived(d, thestral.Update{Path: "p", Message: value})
		}
	}},
	{"empty", func(t *trial) {
		s := t.stage(takes)
		t.passes("updates", pairs())
		t.passes("connect", id, []string{})
		t.passes("disconnect", id, []string{})
		t.asked(s, 0)
	}},
	{"batch-limit", func(t *trial) {
		d := t.dudley()
		batch, want := [][2]string{}, []thestral.Update{}
		for n := range dudley.MaxBatch {
			batch = append(batch, [2]string{"p", fmt.Sprint(n)})
			want = append(want, thestral.Update{Path: "p", Message: fmt.Sprint(n)})
		}
		t.passes("updates", batch)
		t.arrived(d, want...)
		t.fails(400, none, "updates", append(batch, [2]string{"p", "m"}))
		t.arrived(d)
	}},
	{"body-limit", func(t *trial) {
		s := t.stage(takes)
		batch := make([][2]string, 17)
		size := len("[")
		for n := range batch {
			batch[n] = [2]string{"p", long("x", 61600)}
			size += len(`{"path":"p","message":""},`) + 61600
		}
		batch[0][1] += long("x", dudley.MaxBody-size)
		t.passes("updates", batch)
		if got := len(t.asked(s, 1)[0].body); got != dudley.MaxBody {
			t.failf("the body has %d bytes, want %d", got, dudley.MaxBody)
		}
		batch[0][1] += "x"
		t.fails(413, none, "updates", batch)
		t.asked(s, 1)
	}},
}

// connections expects what connect and disconnect send.
func (t *trial) connections(verb string) {
	s := t.stage(takes)
	t.passes(verb, id, "my/data")
	t.passes(verb, id, []string{"b->c", ">", "*"})
	item := func(path string) string { return fmt.Sprintf(`{"path":"::%s","message":"%s->%s"}`, verb, id, path) }
	t.body(s, "["+item("my/data")+"]", "["+item("b->c")+","+item(">")+","+item("*")+"]")
}

// body expects that just these bodies were sent.
func (t *trial) body(s *stage, want ...string) {
	for n, request := range t.asked(s, len(want)) {
		if request.body != want[n] {
			t.failf("the body is\n%s, want\n%s", request.body, want[n])
		}
	}
}

// header expects that the only request has just these values of a header.
func (t *trial) header(s *stage, name string, want ...string) {
	if got := t.asked(s, 1)[0].header.Values(name); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.failf("%s is %q, want %q", name, got, want)
	}
}

// pairs makes a batch of paths and messages.
func pairs(texts ...string) [][2]string {
	batch := [][2]string{}
	for n := 0; n < len(texts); n += 2 {
		batch = append(batch, [2]string{texts[n], texts[n+1]})
	}
	return batch
}

func long(text string, n int) string { return strings.Repeat(text, n) }

// rawJSON is a value that is JSON already.
type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }
