package rooms_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rootspush/roots/examples/templar/rooms"
	"github.com/rootspush/roots/thestral"
)

func parse(t testing.TB, text string) rooms.Room {
	t.Helper()
	room, err := rooms.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// keyed is a room with so many keys.
func keyed(keys int) string {
	var b strings.Builder
	for i := range keys {
		fmt.Fprintf(&b, `,"key %d": "*"`, i)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want, wrong string }{
		{`{}`, `{}`, ""},
		{` { "b" : 1 , "a" : "x" } `, `{"a":"x","b":1}`, ""},
		{`{"a": 1, "a": 2}`, `{"a":2}`, ""},
		{`{"a": 1, "A": 2}`, `{"A":2,"a":1}`, ""},
		{`{"a": "\u002a"}`, `{"a":"*"}`, ""},
		{`{"a": null, "b": true, "c": "é"}`, `{"a":null,"b":true,"c":"é"}`, ""},
		{`{"a": {"y": 1.0, "x": [10e-1, 2]}}`, `{"a":{"x":[1,2],"y":1}}`, ""},
		{keyed(rooms.MaxKeys), keyed(rooms.MaxKeys), ""},
		{keyed(rooms.MaxKeys + 1), "", "has 33 keys, at most 32"},
		{`null`, "", "is no room"},
		{`"text"`, "", `"\"text\"" is no room`},
		{`[1]`, "", "is no room"},
		{`5`, "", "is no room"},
		{``, "", "is no room"},
		{`{"a":1`, "", "is no room"},
		{"{\"a\":\"\xff\"}", "", "is no room"},
	} {
		room, err := rooms.Parse([]byte(c.text))
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%.80s: the error is %v, it should say %q", c.text, err, c.wrong)
			}
			continue
		}
		if err != nil || room.Path() != parse(t, c.want).Path() {
			t.Errorf("%.80s is %s, %v", c.text, room, err)
		}
		if len(c.want) < 100 && room.String() != c.want {
			t.Errorf("%s is written %s", c.text, room)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, same := range [][]string{
		{`1`, `1.0`, `1.000`, `10e-1`, `0.1e1`, `1E0`, `1e+0`, `0.01E+2`},
		{`0`, `-0`, `0.0`, `0e5`, `-0.00E-3`},
		{`-1.5`, `-15e-1`, `-1.50`},
		{`100`, `1e2`, `1.00e2`},
		{`9007199254740993`, `9007199254740993.0`, `9.007199254740993e15`},
		{`9007199254740992`},
		{`100000000000000000000`, `1e20`},
		{`1000000000000000000000`, `1e21`},
		{`1e-400`, `10e-401`},
		{`1e400`, `0.1e401`},
		{`1e99999999999`},
		{`10e99999999998`}, // equal to the one before, but nobody means that
		{`true`}, {`false`}, {`null`}, {`"1"`}, {`"1.0"`}, {`"true"`}, {`""`},
		{`"A"`, `"\u0041"`},
		{`[1,2]`, ` [ 1.0 , 2 ] `}, {`[2,1]`}, {`[]`}, {`{}`},
		{`{"a":1,"b":[2]}`, `{"b":[2.0],"a":1}`},
	} {
		for _, text := range same {
			if got, want := rooms.Canonical([]byte(text)), rooms.Canonical([]byte(same[0])); got != want {
				t.Errorf("%s becomes %s, but %s becomes %s", text, got, same[0], want)
			}
		}
		if got := rooms.Canonical([]byte(same[0])); !json.Valid([]byte(got)) || rooms.Canonical([]byte(got)) != got {
			t.Errorf("%s becomes %s, which is not its own form", same[0], got)
		}
	}
	seen := map[string]string{}
	for _, text := range []string{`1`, `0`, `-1`, `10`, `1.5`, `15`, `-1.5`, `9007199254740993`, `9007199254740992`, `1e20`, `1e21`, `1e-400`, `true`, `false`, `null`, `"1"`, `"true"`, `""`, `[1,2]`, `[2,1]`, `[]`, `{}`, `{"a":1}`} {
		form := rooms.Canonical([]byte(text))
		if other, taken := seen[form]; taken {
			t.Errorf("%s and %s are the same", text, other)
		}
		seen[form] = text
	}
}

// TestPath: each room has one that the pieces take, whatever is in it.
func TestPath(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{
		`{}`, `{"a":1}`, `{"a":"1"}`, `{"a":"*"}`, `{"a":"::connect"}`, `{"a":"x/y->z;"}`, `{"a":"\n\u0000\u0085\u007f"}`, `{"\u0085":1}`,
		`{"a":"` + strings.Repeat("x", thestral.MaxPath-len(`{"a":""}`)) + `"}`,
		`{"a":"` + strings.Repeat("x", thestral.MaxPath-len(`{"a":""}`)+1) + `"}`,
		`{"a":"` + strings.Repeat("y", 10_000) + `"}`,
	} {
		path := parse(t, text).Path()
		if err := thestral.CheckHeard(path); err != nil {
			t.Errorf("%.80s: %v", text, err)
		}
		if other, taken := seen[path]; taken {
			t.Errorf("%.80s and %.80s have the same path", text, other)
		}
		seen[path] = text
	}
	if path := parse(t, `{"b": "*", "a": 1}`).Path(); path != `{"a":1,"b":"*"}` {
		t.Errorf("a path is %s, which nobody can read", path)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"a":"*","b":[1,{"c":null}]}`, `{"a":1e400,"b":-0.0}`, `{"a":"\ud800"}`, `null`, `{"a":`, "{\"\x7f\":1}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		room, err := rooms.Parse([]byte(text))
		if err != nil {
			return
		}
		again, err := rooms.Parse([]byte(room.String()))
		if err != nil || again.String() != room.String() || again.Path() != room.Path() {
			t.Errorf("%q is %s, and that is %s, %v", text, room, again, err)
		}
		if err := thestral.CheckHeard(room.Path()); err != nil {
			t.Error(err)
		}
		var tree rooms.Tree
		tree.Add(room)
		if !tree.Covers(again) || len(tree.Meeting(again)) != 1 {
			t.Errorf("%s does not cover or meet itself", room)
		}
	})
}
