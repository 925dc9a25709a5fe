package batch_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/batch"
	"github.com/rootspush/roots/thestral"
)

// FuzzParse: a batch is taken whole if a naive reading of it finds nothing but
// valid updates, and not at all if not.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`[]`, `null`, `{}`, ``, `[null]`, `[[]]`, `[{"path":"p","message":"m"}]`, `[{"path":"p","message":"m"}] x`,
		`[{"path":"p","message":{"a": [1, null]}},{"path":"q","message":null}]`,
		`[{"path":"p","PATH":"::gone","message":"m","message":7}]`,
		`[{"path":"p","message":"m"},{"path":"","message":"m"}]`, `[{"path":"p"}]`,
		`[{"path":"\u0000","message":"\ud800"}]`, "[{\"path\":\"\xff\",\"message\":\"m\"}]",
		`[{"path":"p","message":1e999},{"path":"p","message":-0.0}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, fault := batch.Parse(body, false)
		want, ok := naive(body)
		if ok != (fault == nil) {
			t.Fatalf("refused: %+v, but naively read it is valid: %v", fault, ok)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("holds (-naive +got):\n%s", diff)
		}
	})
}

// naive reads a batch in the plainest way: a decoder walks over each item, key
// by key, so that what comes last counts.
func naive(body []byte) (updates []thestral.Update, ok bool) {
	var items []json.RawMessage
	if !utf8.Valid(body) || !bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) || json.Unmarshal(body, &items) != nil {
		return nil, false
	}
	updates = []thestral.Update{}
	for _, item := range items {
		var u thestral.Update
		var hasMessage bool
		dec := json.NewDecoder(bytes.NewReader(item))
		if open, _ := dec.Token(); open != json.Delim('{') {
			return nil, false
		}
		for dec.More() {
			key, _ := dec.Token()
			var value json.RawMessage
			dec.Decode(&value)
			switch {
			case strings.EqualFold(key.(string), "path"):
				if json.Unmarshal(value, &u.Path) != nil {
					return nil, false
				}
			case strings.EqualFold(key.(string), "message"):
				hasMessage = true
				u.Message = naiveText(value)
			}
		}
		if !hasMessage || thestral.CheckPath(u.Path) != nil || thestral.CheckMessage(u.Message) != nil {
			return nil, false
		}
		updates = append(updates, u)
	}
	return updates, len(items) <= batch.MaxUpdates
}

func naiveText(value json.RawMessage) string {
	var text any
	if json.Unmarshal(value, &text); text != nil {
		if s, ok := text.(string); ok {
			return s
		}
	}
	var compact bytes.Buffer
	json.Compact(&compact, value)
	return compact.String()
}

// FuzzRoundTrip: every valid path and message come out as they went in.
func FuzzRoundTrip(f *testing.F) {
	f.Add("my/data", "hello")
	f.Add("::connect", "id->p")
	f.Add(`"\/`, "{\"a\":\"\u2028\"}\x00\r\n<>&")
	f.Add("🦉", "")
	f.Fuzz(func(t *testing.T, path, message string) {
		if thestral.CheckPath(path) != nil || thestral.CheckMessage(message) != nil {
			t.Skip("not valid")
		}
		want := []thestral.Update{{Path: path, Message: message}, {Path: "after", Message: path}}
		body, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, fault := batch.Parse(body, false)
		if diff := cmp.Diff(want, got); diff != "" || fault != nil {
			t.Errorf("refused: %+v, holds (-want +got):\n%s", fault, diff)
		}
	})
}
