package pig_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestCheckPattern(t *testing.T) {
	for _, pattern := range []string{
		"a", "*", "**", "a/*", "a/**", "*/b", "*/*", "*/**", "a/*/c", "a//*", "/*", "*/", "/", "/**", "größe/*", ":x/*", "a->b/*", " /*",
		strings.Repeat("a/", pig.MaxSegments-1) + "*",
		strings.Repeat("*/", pig.MaxSegments-1) + "**",
		"*/" + strings.Repeat("a", thestral.MaxPath-2),
	} {
		if err := pig.CheckPattern(pattern); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	for pattern, wrong := range map[string]string{
		"":       "the path is empty",
		"a/\n":   "control character",
		"a/\xff": "not UTF-8",
		"::*":    `control path "::*" can't be matched`,
		"::gone": "can't be matched",
		"::a/**": "can't be matched",
		"a*":     "a star inside of a segment",
		"*a":     "a star inside of a segment",
		"a/*b/c": "a star inside of a segment",
		"* ":     "a star inside of a segment",
		"***":    "a star inside of a segment",
		"a/a**":  "a star inside of a segment",
		"**/":    `has "**" before its end`,
		"**/a":   `has "**" before its end`,
		"a/**/b": `has "**" before its end`,
		"**/**":  `has "**" before its end`,
		strings.Repeat("a/", pig.MaxSegments) + "*":     "has 33 segments, at most 32 are allowed",
		strings.Repeat("/", pig.MaxSegments):            "has 33 segments, at most 32 are allowed",
		"*/" + strings.Repeat("a", thestral.MaxPath-1):  "at most 255 are allowed",
		"*/" + strings.Repeat("a", 1<<20):               "at most 255 are allowed",
		strings.Repeat("*/", thestral.MaxPath/2) + "**": "at most 255 are allowed",
	} {
		wantError(t, pig.CheckPattern(pattern), wrong)
	}
}

// matches is the rule for patterns, as plainly as it can be said.
func matches(pattern, path []string) bool {
	switch {
	case len(pattern) == 1 && pattern[0] == "**":
		return len(path) > 0
	case len(pattern) == 0 || len(path) == 0:
		return len(pattern) == len(path)
	default:
		return (pattern[0] == "*" || pattern[0] == path[0]) && matches(pattern[1:], path[1:])
	}
}

func FuzzPattern(f *testing.F) {
	for _, pattern := range []string{"a", "*", "**", "a/*", "a/**", "*/b", "*/**", "/", "//*", "*/", "::*", "a*", "**/a"} {
		for _, path := range []string{"a", "a/b", "a/b/c", "/", "//", "", "*", "**", "a/*", "::connect", "a/", "/b"} {
			f.Add(pattern, path)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if pig.CheckPattern(pattern) != nil || thestral.IsControl(path) {
			return
		}
		want := 0
		if matches(strings.Split(pattern, "/"), strings.Split(path, "/")) {
			want = 1
		}
		d, p := wired(pig.Options{})
		id, byID := member(d)
		must(t, p.Match(id, pattern))
		byOn := new(thestraltest.Recorder)
		if strings.Contains(pattern, "*") {
			p.On(pattern, byOn)
		} else {
			byOn = byID
		}
		p.Update(nil, path, "message")
		for _, got := range []*thestraltest.Recorder{byID, byOn} {
			messages := strings.Count(strings.Join(got.Messages(path), " "), "message")
			if messages != want {
				t.Errorf("pattern %q, path %q: heard %d times instead of %d", pattern, path, messages, want)
			}
		}
		d.Unregister(id)
		if s := p.Stats(); s.IDs != 0 || s.Connections != 0 || s.Paths != 0 {
			t.Errorf("something is left: %+v", s)
		}
	})
}

// TestOncePerID: an id gets each update once, whatever of its own matches.
func TestOncePerID(t *testing.T) {
	d, p := wired(pig.Options{})
	id, got := member(d)
	other, otherGot := member(d)
	must(t, p.Connect(id, "a/b"))
	patterns := []string{"a/*", "*/b", "*/*", "a/**", "**", "*/**", "a/b"}
	for _, pattern := range patterns {
		must(t, p.Match(id, pattern))
	}
	must(t, p.Match(other, "**"))
	p.Update(nil, "a/b", "1")
	p.Update(nil, "a/c", "2")
	p.Update(nil, "c", "3")
	must(t, p.Disconnect(id, "a/b"))
	for _, pattern := range patterns {
		p.Update(nil, "a/b", "before "+pattern)
		must(t, p.Unmatch(id, pattern))
	}
	p.Update(nil, "a/b", "after")
	want := map[string][]string{"a/c": {"2"}, "c": {"3"}, "a/b": {"", "", "1"}} // hello of the path, and of the pattern that is the same text
	for _, pattern := range patterns {
		want["a/b"] = append(want["a/b"], "before "+pattern)
	}
	for path, messages := range want {
		if diff := cmp.Diff(messages, got.Messages(path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	if diff := cmp.Diff(append(append([]string{"1"}, want["a/b"][3:]...), "after"), otherGot.Messages("a/b")); diff != "" {
		t.Errorf("the other (-want +got):\n%s", diff)
	}
}

// TestEachOnIsAReceiverOfItsOwn, beside an id whose patterns overlap.
func TestEachOnIsAReceiverOfItsOwn(t *testing.T) {
	d, p := wired(pig.Options{})
	id, byID := member(d)
	must(t, p.Match(id, "a/*"))
	must(t, p.Connect(id, "a/b"))
	var got thestraltest.Recorder
	for _, text := range []string{"a/b", "a/b", "a/*", "*/*", "**", "c/*"} {
		p.On(text, &got)
	}
	p.Update(nil, "a/b", "message")
	if n := len(got.Messages("a/b")); n != 5 {
		t.Errorf("5 fit, and it was told %d times", n)
	}
	wantUpdates(t, byID, "a/*", "", "a/b", "", "a/b", "message")
}

// TestGatheringsDoNotDisturbEachOther: who was met in one gathering is met again
// in the next, and in those of other goroutines.
func TestGatheringsDoNotDisturbEachOther(t *testing.T) {
	d, p := wired(pig.Options{})
	const ids, senders, each = 5, 4, 500
	var all []*thestraltest.Recorder
	for i := range ids {
		id, got := member(d)
		must(t, p.Match(id, "a/*"))
		must(t, p.Match(id, "*/b"))
		if i%2 == 0 {
			must(t, p.Connect(id, "a/b"))
		}
		all = append(all, got)
	}
	publish(senders, each, func(sender, n int) { p.Update(nil, "a/b", fmt.Sprint(sender, " ", n)) })
	for _, got := range all {
		messages := got.Messages("a/b")
		if messages[0] == "" {
			messages = messages[1:]
		}
		checkNumbers(t, messages, senders, 0, each-1)
	}
}
