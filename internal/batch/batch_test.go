package batch_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/batch"
	"github.com/rootspush/roots/thestral"
)

// TestTaken: batches that are taken, and what they hold.
func TestTaken(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       []thestral.Update
	}{
		{"in order", `[{"path":"b","message":"1"},{"path":"a","message":"2"},{"path":"b","message":"3"}]`,
			[]thestral.Update{{Path: "b", Message: "1"}, {Path: "a", Message: "2"}, {Path: "b", Message: "3"}}},
		{"empty", `[]`, []thestral.Update{}},
		{"blanks around", " [ ] \r\n", []thestral.Update{}},
		{"blanks within", " [ { \"path\" : \"p\" ,\r\n\t\"message\" : \"m\" } ] ", []thestral.Update{{Path: "p", Message: "m"}}},
		{"message first", `[{"message":"m","path":"p"}]`, []thestral.Update{{Path: "p", Message: "m"}}},
		{"empty message", `[{"path":"p","message":""}]`, []thestral.Update{{Path: "p"}}},
		{"extra keys", `[{"id":7,"path":"p","message":"m","x":[{}]}]`, []thestral.Update{{Path: "p", Message: "m"}}},
		{"last of equal keys", `[{"path":"p","path":"q","message":{},"message":"m"}]`, []thestral.Update{{Path: "q", Message: "m"}}},
		{"keys in capitals", `[{"PATH":"p","Message":"m"}]`, []thestral.Update{{Path: "p", Message: "m"}}},
		{"control path", `[{"path":"::connect","message":"id->p"}]`, []thestral.Update{{Path: "::connect", Message: "id->p"}}},
		{"escapes", `[{"path":"\u0061\u002fb","message":"\ud83e\udd89\n\u0000"}]`, []thestral.Update{{Path: "a/b", Message: "🦉\n\x00"}}},
		{"half a surrogate pair", `[{"path":"p","message":"\ud83e"}]`, []thestral.Update{{Path: "p", Message: "\uFFFD"}}},

		{"object", `[{"path":"p","message": {"b": [1, 2.50, "x y"], "a": "<->"} }]`, []thestral.Update{{Path: "p", Message: `{"b":[1,2.50,"x y"],"a":"<->"}`}}},
		{"array", `[{"path":"p","message":[ ]}]`, []thestral.Update{{Path: "p", Message: `[]`}}},
		{"number as written", `[{"path":"p","message":12345678901234567890.10}]`, []thestral.Update{{Path: "p", Message: `12345678901234567890.10`}}},
		{"true", `[{"path":"p","message":true}]`, []thestral.Update{{Path: "p", Message: `true`}}},
		{"null", `[{"path":"p","message":null}]`, []thestral.Update{{Path: "p", Message: `null`}}},
		{"null after text", `[{"path":"p","message":"x","message":null}]`, []thestral.Update{{Path: "p", Message: `null`}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, fault := batch.Parse([]byte(test.body), false)
			if fault != nil {
				t.Errorf("refused: %+v", fault)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("holds (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefused: batches that are refused, and what is said of them.
func TestRefused(t *testing.T) {
	const good = `{"path":"p","message":"m"}`
	const noArray = `the body is no JSON array, as in [{"path":"my/data","message":"text"}]`
	const item = `an item is an object with a path that is text, as in {"path":"my/data","message":"text"}`
	const missing = `the message is missing, as in {"path":"my/data","message":"text"}`
	const emptyPath = `the path is empty, it must name something, as in "my/data"`
	at1 := func(item string) string { return "[" + good + "," + item + "," + good + "]" }
	for _, test := range []struct {
		name, body string
		status     int
		text       string // of the error
		index      string // of the item at fault, as it is written in the answer
	}{
		{"nothing", "", 400, "the body is no JSON: unexpected end of JSON input at byte 0", ""},
		{"null", "null", 400, noArray, ""},
		{"object", good, 400, noArray, ""},
		{"half", "[" + good, 400, "the body is no JSON: unexpected end of JSON input at byte 27", ""},
		{"trailing data", "[" + good + "] x", 400, "the body is no JSON: invalid character 'x' after top-level value at byte 30", ""},
		{"two arrays", "[][]", 400, "the body is no JSON: invalid character '[' after top-level value at byte 3", ""},
		{"comma at the end", "[" + good + ",]", 400, "the body is no JSON: invalid character ']' looking for beginning of value at byte 29", ""},
		{"byte order mark", "\uFEFF[]", 400, "the body is no JSON: invalid character 'ï' looking for beginning of value at byte 1", ""},
		{"not UTF-8", "[{\"path\":\"p\",\"message\":\"\xff\"}]", 400, "the body is not UTF-8 text", ""},

		{"item null", at1(`null`), 400, missing, "1"},
		{"item text", at1(`"p"`), 400, item, "1"},
		{"item array", at1(`["p","m"]`), 400, item, "1"},
		{"path a number", at1(`{"path":1,"message":"m"}`), 400, item, "1"},
		{"path missing", at1(`{"message":"m"}`), 400, emptyPath, "1"},
		{"path null", at1(`{"path":null,"message":"m"}`), 400, emptyPath, "1"},
		{"path empty", at1(`{"path":"","message":"m"}`), 400, emptyPath, "1"},
		{"message missing", at1(`{"path":"p"}`), 400, missing, "1"},
		{"first item", `[{"path":"p"}]`, 400, missing, "0"},
		{"line feed in a path", at1(`{"path":"a\nb","message":"m"}`), 400, `path "a\nb" has a control character in it, only printable text is allowed`, "1"},
		{"control path", at1(`{"path":"\u003a:connect","message":"id->p"}`), 403, `control path "::connect" is not allowed here, only paths without "::" in front are`, "1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := `{"error":"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(test.text) + `"`
			if test.index != "" {
				want += `,"index":` + test.index
			}
			got, fault := batch.Parse([]byte(test.body), true)
			status, answer := fault.Answer()
			if status != test.status || string(answer) != want+"}" {
				t.Errorf("answered %d %s\nwant     %d %s", status, answer, test.status, want+"}")
			}
			if got != nil {
				t.Errorf("holds %v all the same", got)
			}
		})
	}
}
