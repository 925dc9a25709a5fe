package nats

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLettersRoundTrip(t *testing.T) {
	for _, want := range []letter{
		{"a/ABC", 1, 1, "", ""},
		{"a.b-c/ABC", 18446744073709551615, 7, "a-B-1", "text\n\nmore "},
	} {
		text := string(appendHead(nil, want.origin, want.mark, want.number, want.sender)) + want.body
		got, err := parseLetter(text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(letter{})); diff != "" || err != nil {
			t.Errorf("%q is read as (-want +got, %v):\n%s", text, err, diff)
		}
	}
	want := sign{"a/ABC", 3, 4, isLost}
	got, err := parseSign(want.String())
	if got != want || err != nil {
		t.Errorf("%q is read as %v, %v", want, got, err)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, text := range []string{"", "\n", "a/A 1 2", "a/A 1 2 ", "a/A 1 2 x y", "a/A x 2 -", "a/A 1 -2 -", "a/A 1  2 -", "/A 1 2 -", " 1 2 -"} {
		if l, err := parseLetter(text + "\nbody"); err == nil {
			t.Errorf("%q is read as the letter %+v", text, l)
		}
		if s, err := parseSign(text); err == nil {
			t.Errorf("%q is read as the sign %+v", text, s)
		} else if len(err.Error()) > 200 {
			t.Errorf("the error is %d bytes long", len(err.Error()))
		}
	}
	if _, err := parseSign(strings.Repeat("x", 1<<20)); err == nil || len(err.Error()) > 500 {
		t.Errorf("a long sign gives a long error, or none: %.600v", err)
	}
}

// FuzzLetter: what can be read is written in the same way again.
func FuzzLetter(f *testing.F) {
	f.Add("a/A 1 2 -\nbody")
	f.Add("a/A 1 2 a-B-1\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parseLetter(text)
		if err != nil {
			return
		}
		again, err := parseLetter(string(appendHead(nil, l.origin, l.mark, l.number, l.sender)) + l.body)
		if again != l || err != nil {
			t.Fatalf("%q is read as %+v, and that as %+v, %v", text, l, again, err)
		}
	})
}
