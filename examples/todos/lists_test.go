package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
)

// status returns that of a refusal, and 200 for no error.
func status(t *testing.T, err error) int {
	t.Helper()
	var refused *refusal
	if err != nil && !errors.As(err, &refused) {
		t.Fatalf("%v is no refusal", err)
	}
	return statusOf(err)
}

// TestTextLimits tries texts of every kind at the limit and beyond it.
func TestTextLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ö", n) }
	text := func(s string) func(*list) error {
		return func(l *list) error { _, err := l.add("t2", s); return err }
	}
	put := func(s string) func(*list) error {
		return func(l *list) error { _, err := l.put("t1", s, true); return err }
	}
	id := func(s string) func(*list) error {
		return func(l *list) error { _, err := l.add(s, "bread"); return err }
	}
	name := func(s string) func(*list) error {
		return func(l *list) error { _, err := l.share(s); return err }
	}
	for _, test := range []struct {
		name   string
		do     func(*list) error
		status int
	}{
		{"text of none", text(""), 400},
		{"text of blanks", text(" \n\t"), 400},
		{"text of one", text("x"), 200},
		{"text of N", text(long(maxText)), 200},
		{"text of N and blanks", text(" " + long(maxText) + "\n"), 200},
		{"text of N+1", text(long(maxText + 1)), 400},
		{"put of none", put(" "), 400},
		{"put of N", put(long(maxText)), 200},
		{"put of N+1", put(long(maxText + 1)), 400},
		{"id of none", id(""), 400},
		{"id of N", id(strings.Repeat("x", maxID)), 200},
		{"id of N+1", id(strings.Repeat("x", maxID+1)), 400},
		{"id with a slash inside", id("a/b"), 400},
		{"id that is not ASCII", id("ä"), 400},
		{"name of none", name(" "), 400},
		{"name of N", name(long(maxName)), 200},
		{"name of N+1", name(long(maxName + 1)), 400},
		{"name with a slash", name("a/b"), 400},
		{"name with a star", name("*"), 400},
		{"name that is not UTF-8", name("a\xff"), 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := status(t, test.do(newSite(t).anns)); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
		})
	}
}

// TestCounts fills what is bounded, and then some.
func TestCounts(t *testing.T) {
	s := newSite(t)
	for _, test := range []struct {
		name        string
		there, most int
		add         func(name string) error
	}{
		{"tasks", 1, maxTasks, func(name string) error { _, err := s.anns.add(name, "bread"); return err }},
		{"members", 2, maxMembers, func(name string) error { _, err := s.anns.share(name); return err }},
		{"lists", 3, maxLists, s.lists.begin},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i := test.there; i < test.most; i++ {
				if err := test.add(fmt.Sprint("n-", i)); err != nil {
					t.Fatalf("number %d: %v", i+1, err)
				}
			}
			if got := status(t, test.add("one-more")); got != 409 {
				t.Errorf("one more than %d: status %d", test.most, got)
			}
			if err := test.add("n-5"); err != nil {
				t.Errorf("one that is there already: %v", err)
			}
		})
	}
	if _, err := s.anns.remove("t1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.anns.add("one-more", "bread"); err != nil {
		t.Errorf("after one was deleted: %v", err)
	}
}

// TestLoginsAreBounded: the oldest login makes room, all others stay.
func TestLoginsAreBounded(t *testing.T) {
	var ls logins
	first, second := ls.begin("ann"), ls.begin("bob")
	for range maxLogins - 2 {
		ls.begin("eve")
	}
	if ls.who(first) != "ann" {
		t.Errorf("with %d logins the first is gone", maxLogins)
	}
	ls.begin("eve")
	if ls.who(first) != "" || ls.who(second) != "bob" {
		t.Errorf("with one more the first is %q and the second %q", ls.who(first), ls.who(second))
	}
	if len(ls.names) != maxLogins || len(ls.oldest) != maxLogins {
		t.Errorf("%d and %d are kept", len(ls.names), len(ls.oldest))
	}
}

// TestVersions: each change has a version of its own, and an addition that is
// repeated is no change.
func TestVersions(t *testing.T) {
	l := newSite(t).anns
	steps := []func() (any, error){
		func() (any, error) { return l.add("t2", "bread") },
		func() (any, error) { return l.put("t1", "oat milk", true) },
		func() (any, error) { return l.add("t1", "milk") },
		func() (any, error) { return l.remove("t2") },
		func() (any, error) { return l.add("t2", "bread") },
	}
	var got []any
	for _, step := range steps {
		record, err := step()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, record)
	}
	oat := task{ID: "t1", Version: 3, Created: 1, Text: "oat milk", Done: true}
	bread := task{ID: "t2", Version: 5, Created: 5, Text: "bread"}
	want := []any{
		task{ID: "t2", Version: 2, Created: 2, Text: "bread"},
		oat,
		oat,
		deletion{ID: "t2", Version: 4, Deleted: true},
		bread,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(snapshot{Version: 5, Tasks: []task{oat, bread}}, l.all()); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}

// FuzzName: a name makes a path of one more segment that is nobody else's, and
// means the same wherever it is cleaned again.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"ann", " Zoë-2 ", "İ", "a/b", "*", "::x", "a\x00", "a\xff", "->", strings.Repeat("𝒜", maxName)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, err := cleanName(text)
		if err != nil {
			return
		}
		if again, err := cleanName(name); err != nil || again != name {
			t.Errorf("%q becomes %q, and that %q with %v", text, name, again, err)
		}
		if err := thestral.CheckPath(pathPrefix + name); err != nil {
			t.Error(err)
		}
		if strings.ContainsAny(name, "/*>%?#") {
			t.Errorf("%q has a meaning in a path", name)
		}
	})
}
