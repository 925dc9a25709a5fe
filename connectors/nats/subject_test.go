package nats

import (
	"strings"
	"testing"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

func TestSubjects(t *testing.T) {
	deep := strings.Repeat("a/", pig.MaxSegments-1)
	for _, c := range []struct{ path, subject string }{
		{"a", "roots.path.a"},
		{"shop/tea", "roots.path.shop.tea"},
		{"/", "roots.path.%.%"},
		{"a//b/", "roots.path.a.%.b.%"},
		{"a.b", "roots.path.a%2Eb"},
		{"a%2Eb", "roots.path.a%252Eb"},
		{"*", "roots.path.%2A"},
		{"a/>", "roots.path.a.%3E"},
		{" a b", "roots.path.%20a%20b"},
		{"größe", "roots.path.gr%C3%B6%C3%9Fe"},
		{"%", "roots.path.%25"},
		{"A", "roots.path.A"},
		{"$SYS", "roots.path.$SYS"},
		{deep + "b", "roots.path." + strings.ReplaceAll(deep, "/", ".") + "b"},
		{deep + "b/c//d", "roots.path." + strings.ReplaceAll(deep, "/", ".") + "b%2Fc%2F%2Fd"},
	} {
		if got := pathSubject(c.path); got != c.subject {
			t.Errorf("the subject of %q is %q instead of %q", c.path, got, c.subject)
		}
		if got, err := pathOf(c.subject); got != c.path || err != nil {
			t.Errorf("the path of %q is %q, %v instead of %q", c.subject, got, err, c.path)
		}
	}
}

func TestPatternSubjects(t *testing.T) {
	for pattern, want := range map[string]string{
		"*":     "roots.path.*",
		"**":    "roots.path.>",
		"a/*/b": "roots.path.a.*.b",
		"a/**":  "roots.path.a.>",
		"/*":    "roots.path.%.*",
		"a.b/*": "roots.path.a%2Eb.*",
	} {
		if got := patternSubject(pattern); got != want {
			t.Errorf("the subject of %q is %q instead of %q", pattern, got, want)
		}
	}
}

func TestNoSubjectOfAPath(t *testing.T) {
	for _, subject := range []string{"", "roots.path.", "roots.mark", "roots.path.%2", "roots.path.%2e", "roots.path.a%G0", "roots.path.%2.a"} {
		if path, err := pathOf(subject); err == nil {
			t.Errorf("%q is taken for the subject of %q", subject, path)
		}
	}
}

// FuzzSubject: a path and its subject are two forms of the same; NATS takes the
// subject for one, however strange the path is, and it is not too long for it.
func FuzzSubject(f *testing.F) {
	for _, path := range []string{"a", "a/b", "//", "a.b>*% ", "größe\u2028", "::connect", strings.Repeat("/", 255), strings.Repeat("\xff", 255), "a\x00b\r\n"} {
		f.Add(path, "a/*")
	}
	f.Add("a/b", "a/*")
	f.Add("a/b/c", "a/**")
	f.Add(strings.Repeat("a/", 33)+"b", strings.Repeat("*/", 31)+"*")
	f.Fuzz(func(t *testing.T, path, pattern string) {
		if path == "" || len(path) > thestral.MaxPath {
			return
		}
		subject := pathSubject(path)
		if got, err := pathOf(subject); got != path || err != nil {
			t.Fatalf("%q becomes %q, and that %q, %v", path, subject, got, err)
		}
		tokens := strings.Split(subject, ".")
		if len(subject) > len(pathSubjects)+3*thestral.MaxPath+1 || len(tokens) > pig.MaxSegments+2 {
			t.Fatalf("the subject of %q is of %d bytes and %d tokens", path, len(subject), len(tokens))
		}
		for _, token := range tokens {
			if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' || r == '*' || r == '>' }) {
				t.Fatalf("%q has the token %q, which means something else in NATS", subject, token)
			}
		}
		if pig.CheckPattern(pattern) == nil && len(pattern) <= thestral.MaxPath && fits(pattern, path) && !natsFits(patternSubject(pattern), subject) {
			t.Fatalf("%q matches %q, but %q does not match %q", pattern, path, patternSubject(pattern), subject)
		}
	})
}

// fits says whether Pig hands an update of path to who hears pattern.
func fits(pattern, path string) bool {
	p := pig.New(nil, pig.Options{})
	hit := false
	if !strings.Contains(pattern, "*") {
		return pattern == path
	}
	p.On(pattern, here(func() { hit = true }))
	p.Update(nil, path, "")
	return hit && !thestral.IsControl(path)
}

// here is a receiver that is called without a queue.
type here func()

func (h here) Update(thestral.Thestral, string, string) { h() }
func (h here) Next() []thestral.Thestral                { return nil }

// natsFits is how NATS matches, as plainly as it can be said.
func natsFits(pattern, subject string) bool {
	want, got := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, token := range want {
		switch {
		case token == ">":
			return len(got) > i
		case i == len(got) || token != "*" && token != got[i]:
			return false
		}
	}
	return len(want) == len(got)
}

// TestNoCollisions: no two of all short paths of awkward letters have one subject.
func TestNoCollisions(t *testing.T) {
	paths := []string{""}
	seen := map[string]string{}
	for range 5 {
		var longer []string
		for _, p := range paths {
			for _, c := range []string{"a", "/", ".", "%", "*", "2", "E", "\xff"} {
				longer = append(longer, p+c)
			}
		}
		for _, p := range longer {
			s := pathSubject(p)
			if other, twice := seen[s]; twice {
				t.Fatalf("%q and %q have the subject %q", p, other, s)
			}
			seen[s] = p
		}
		paths = longer
	}
}

func TestIDs(t *testing.T) {
	for _, c := range []struct {
		id, name, subject string
	}{
		{"dolores-ABC-1", "dolores", "roots.id.dolores.ABC-1.tell"},
		{"a.b-c_d-ABC-12", "a.b-c_d", "roots.id.a%2Eb-c_d.ABC-12.tell"},
		{"a-B>*-1", "a", "roots.id.a.B%3E%2A-1.tell"},
		{"-A-1", "", ""}, {"a-1", "", ""}, {"a", "", ""}, {"", "", ""}, {"a--1", "", ""}, {"a-A-", "", ""},
		{strings.Repeat("a", 124) + "-A-1", strings.Repeat("a", 124), "roots.id." + strings.Repeat("a", 124) + ".A-1.tell"},
		{strings.Repeat("a", 125) + "-A-1", "", ""},
	} {
		name, ok := NodeOf(c.id)
		subject, err := idSubject(c.id, tellVerb)
		if name != c.name || ok != (name != "") || subject != c.subject || (err == nil) != ok {
			t.Errorf("%q is of node %q, %v, and has the subject %q, %v", c.id, name, ok, subject, err)
		}
	}
}
