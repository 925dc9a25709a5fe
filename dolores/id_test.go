package dolores_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/thestral/thestraltest"
)

func TestIDForm(t *testing.T) {
	for name, form := range map[string]string{
		"":                      `^dolores-[A-Za-z0-9]{32}-`,
		"node-7":                `^node-7-[A-Za-z0-9]{32}-`,
		"A.b_c-":                `^A\.b_c--[A-Za-z0-9]{32}-`,
		strings.Repeat("a", 64): `^a{64}-[A-Za-z0-9]{32}-`,
	} {
		d, err := dolores.New(name)
		if err != nil {
			t.Errorf("name %q: %v", name, err)
			continue
		}
		for _, number := range []string{"1$", "2$", "3$"} {
			id := d.Register(new(thestraltest.Recorder))
			if !regexp.MustCompile(form + number).MatchString(id) {
				t.Errorf("id %q is not of the form %s%s", id, form, number)
			}
			if strings.ContainsAny(id, "/;*:>") {
				t.Errorf("id %q can't be written in a token, a frame, a pattern or a connection", id)
			}
		}
	}
}

func TestTheZeroDoloresHasTheDefaultName(t *testing.T) {
	id := new(dolores.Dolores).Register(new(thestraltest.Recorder))
	if !strings.HasPrefix(id, dolores.DefaultName+"-") {
		t.Errorf("the id is %q", id)
	}
}

func TestBadNames(t *testing.T) {
	for _, name := range []string{
		"a/b", "/", "a;", "a->b", ">", "*", "::", "a:b", "a b", " a", "a\n", "a\x00", "a,b", "a%2F", "a\\", "a\"", "a+", "a~", "a@b", "a?",
		"größe", "a\u00a0b", "\u200b", "\xff", "\ufffd",
	} {
		wantRefused(t, name, `must be made of letters, digits, ".", "_" and "-"`)
	}
	for _, name := range []string{strings.Repeat("a", 65), strings.Repeat("\n", 1<<20), strings.Repeat("ä", 33)} {
		wantRefused(t, name, "is longer than 64 bytes")
	}
}

func wantRefused(t *testing.T, name, wrong string) {
	t.Helper()
	d, err := dolores.New(name)
	if d != nil || err == nil || !strings.Contains(err.Error(), wrong) || len(err.Error()) > 400 {
		t.Errorf("New(%.100q) = %v, %.500v, the error should say %q in less than 400 bytes", name, d, err, wrong)
	}
}

func TestIDsAreNeverGivenTwice(t *testing.T) {
	const goroutines, each = 8, 2000
	d := new(dolores.Dolores)
	var ids, randoms sync.Map
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range each {
				id := d.Register(new(thestraltest.Recorder))
				if _, twice := ids.LoadOrStore(id, true); twice {
					t.Errorf("%q was given twice", id)
				}
				if _, twice := randoms.LoadOrStore(strings.Split(id, "-")[1], true); twice {
					t.Errorf("the random part of %q was given twice", id)
				}
				if len(id)%2 == 0 {
					d.Unregister(id)
				}
			}
		})
	}
	all.Wait()
	if ever := d.Stats().Ever; ever != goroutines*each {
		t.Errorf("%d ids were given", ever)
	}
}
