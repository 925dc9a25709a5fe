package batch_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/batch"
)

// same fails if Parse says anything else of a body than encoding/json alone.
func same(t *testing.T, body []byte) {
	t.Helper()
	got, fault := batch.Parse(body, true)
	want, wantFault := batch.Thorough(body, true)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%.200q holds (-thorough +got):\n%s", body, diff)
	}
	if diff := cmp.Diff(wantFault, fault); diff != "" {
		t.Errorf("%.200q is refused (-thorough +got):\n%s", body, diff)
	}
}

// TestQuickIsExact: a batch with any one token left out, put in, or changed is
// read as encoding/json reads it.
func TestQuickIsExact(t *testing.T) {
	tokens := []string{"[",
		"{", `"path"`, ":", `"p"`, ",", `"message"`, ":", `"m"`, "}", ",",
		"{", `"path"`, ":", `"\u0070"`, ",", `"message"`, ":", `"\""`, "}", "]"}
	others := append([]string{" ", "\n", "\r", "\t", "\v", "\u00a0", "\x00", `"`, `\`, `""`, `"\"`, `"\""`, `"\\"`, `"\x"`, `"\u00e9"`,
		`"\ud800"`, "\"\x01\"", "\"\\\x01\"", "\"\n\"", "\"\x7f\"", `"::p"`, `"Path"`, `"\u0070ath"`, `"é"`, "p", "null", "true", "1", "[]", "{}", "//", "\uFEFF", `p"`}, tokens...)
	for i := range tokens {
		same(t, []byte(strings.Join(slices.Delete(slices.Clone(tokens), i, i+1), "")))
		for _, other := range others {
			changed := slices.Clone(tokens)
			changed[i] = other
			same(t, []byte(strings.Join(changed, "")))
			same(t, []byte(strings.Join(slices.Insert(slices.Clone(tokens), i, other), "")))
		}
	}
	whole := strings.Join(tokens, "")
	for i := range whole {
		same(t, []byte(whole[:i]))
	}
	for _, other := range others {
		same(t, []byte(whole+other))
	}
}

// FuzzQuick: any text is read as encoding/json reads it.
func FuzzQuick(f *testing.F) {
	for _, seed := range []string{
		body(2), ` [ { "path" : "a\/b" , "message" : "\ud83e\udd89" } ] `, `[{"path":"p","message":"\`, `[{"path":"::p","message":"m"}]`,
		`[{"path":"","message":"m"},{"path":"p","message":1}]`, `[{"message":"m","path":"p"}]`, "[{\"path\":\"p\",\"message\":\"\x01\"}]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if utf8.Valid(body) {
			same(t, body)
		}
	})
}
