package stage_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rootspush/roots/examples/ritual/stage"
	"github.com/rootspush/roots/internal/testenv"
)

// TestBadScripts: what is wrong with a script is told with the file and the
// reason, there is no ritual then, and the same name may be used at once. Those
// that go on are unharmed.
func TestBadScripts(t *testing.T) {
	for want, files := range map[string]fstest.MapFS{
		`petrov/index.json: there is no such file`:                   with(script(), "petrov/index.json", "", "petrov/night.jpg", ""),
		`petrov/index.json: unexpected end of JSON input`:            with(script(), "petrov/index.json", "{"),
		`petrov/index.json: it must be an object`:                    with(script(), "petrov/index.json", "[]"),
		`petrov/index.json: "background" is missing`:                 with(script(), "petrov/index.json", `{"showParticipants": "none"}`),
		`petrov/index.json: "showParticipants" is missing`:           with(script(), "petrov/index.json", `{"background": "night.jpg"}`),
		`petrov/index.json: the background "day.jpg" is no file`:     with(script(), "petrov/index.json", `{"showParticipants": "none", "background": "day.jpg"}`),
		`petrov/index.json: the background "../x/night.jpg" is no`:   with(script(), "petrov/index.json", `{"showParticipants": "none", "background": "../x/night.jpg"}`),
		`petrov/index.json: the ratio is -1`:                         with(script(), "petrov/index.json", `{"showParticipants": "none", "background": "night.jpg", "ratio": -1}`),
		`petrov/index.json: json: cannot unmarshal`:                  with(script(), "petrov/index.json", `{"showParticipants": "none", "background": 7}`),
		`petrov/hello.svg: there is no such file`:                    with(script(), "petrov/index.json", `{"showParticipants": "none", "background": "night.jpg", "welcome": "hello"}`),
		`petrov/index.json: the welcome page can't be called "../x"`: with(script(), "petrov/index.json", `{"showParticipants": "none", "background": "night.jpg", "welcome": "../x"}`),
		`petrov/1.svg: there is no such file`:                        with(script(), "petrov/1.svg", ""),
		`petrov/2.svg: it is missing, but there is `:                 with(script(), "petrov/2.svg", ""),
		`petrov/5.svg: it is missing, but there is 5.json`:           with(script(), "petrov/5.json", "{}"),
		`petrov/3.svg: it must be UTF-8 text`:                        with(script(), "petrov/3.svg", "<svg>\xff</svg>"),
		`petrov/3.svg: it must be an SVG picture`:                    with(script(), "petrov/3.svg", "<p>"),
		`petrov/3.svg: it has more than 4194304 bytes`:               with(script(), "petrov/3.svg", "<svg>"+strings.Repeat(" ", 4<<20)),
		`petrov/3.json: it must be an object`:                        with(script(), "petrov/3.json", `"Pager"`),
		`petrov/3.json: invalid character`:                           with(script(), "petrov/3.json", `{widget}`),
		`petrov/3.json: the widget is 7, it must be a name`:          with(script(), "petrov/3.json", `{"widget": 7}`),
		`petrov/3.json: there is no widget "Page"`:                   with(script(), "petrov/3.json", `{"widget": "Page"}`),
		`petrov/3.json: the widget panics: no terms`:                 with(script(), "petrov/3.json", `{"widget": "Picky", "panic": "no terms"}`),
		`petrov/3.json: the boxColor is missing`:                     with(script(), "petrov/3.json", `{"widget": "Picky"}`),
	} {
		r := newRig(t, stage.Options{Scripts: with(files, "open/index.json", `{"background": "1.svg", "showParticipants": "none"}`, "open/1.svg", "<svg/>")})
		must(t, r.Begin("going on", "open", 1))
		err := r.Begin("petrov", "petrov", 1)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("the error is %v\nwant %s", err, want)
		}
		if r.get("/petrov/partake").Code != http.StatusNotFound {
			t.Errorf("%s: there is half a ritual", want)
		}
		must(t, r.Begin("petrov", "open", 1))
		r.status("going%20on", r.enter("going%20on", "partake"), "0")
	}
}

// TestLargeScript: all files together may have so many bytes.
func TestLargeScript(t *testing.T) {
	if testenv.Race() {
		t.Skip("it takes long, and has no goroutines")
	}
	r := newRig(t, stage.Options{Scripts: large(16)})
	if err := r.Begin("petrov", "petrov", 1); err == nil || err.Error() != "petrov/16.svg: with this file the script has more than 67108864 bytes" {
		t.Errorf("the error is %v", err)
	}
	r = newRig(t, stage.Options{Scripts: large(15)})
	must(t, r.Begin("petrov", "petrov", 1))
}

// large is a script whose pages all are as large as they may be.
func large(pages int) fstest.MapFS {
	files := with(script(), "petrov/2.json", "", "petrov/3.json", "")
	for n := range pages {
		files[fmt.Sprintf("petrov/%d.svg", n+1)] = &fstest.MapFile{Data: []byte("<svg>" + strings.Repeat(" ", 4<<20-5))}
	}
	return files
}

// TestManyPages: a script may have so many and no more.
func TestManyPages(t *testing.T) {
	files := with(script(), "petrov/2.json", "", "petrov/3.json", "")
	for n := range 1001 {
		files[fmt.Sprintf("petrov/%d.svg", n+1)] = &fstest.MapFile{Data: []byte("<svg/>")}
	}
	r := newRig(t, stage.Options{Scripts: files})
	if err := r.Begin("petrov", "petrov", 1); err == nil || err.Error() != "petrov/1001.svg: a script has at most 1000 pages" {
		t.Errorf("the error is %v", err)
	}
	delete(files, "petrov/1001.svg")
	must(t, r.Begin("petrov", "petrov", 1000))
}

// TestOddScripts: what is no fault.
func TestOddScripts(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"without JSON":       with(script(), "petrov/2.json", "", "petrov/3.json", ""),
		"null":               with(script(), "petrov/3.json", `{"widget": null}`),
		"other participants": with(script(), "petrov/index.json", `{"background": "night.jpg", "showParticipants": false}`),
		"other files":        with(script(), "petrov/notes.txt", "\xff", "petrov/01.svg", "x", "petrov/x.json", "{"),
	} {
		r := newRig(t, stage.Options{Scripts: files})
		if err := r.Begin("petrov", "petrov", 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNames: what a ritual can be called.
func TestNames(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: script()})
	for _, name := range []string{"a", "Petrov Day 2026", "é?#%&+", "mkRitual", "login", "lib.js", strings.Repeat("x", 100)} {
		if err := r.Begin(name, "petrov", 1); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, "a*", "widgets", "avatar", "a\n", "\xff", strings.Repeat("x", 101)} {
		if err := r.Begin(name, "petrov", 1); err == nil {
			t.Errorf("%q is no error", name)
		}
	}
	for _, name := range []string{"../petrov", ".", "", "petrov/..", "nothing", "petrov/../petrov", "/petrov"} {
		if err := r.Begin("x", name, 1); err == nil {
			t.Errorf("script %q is no error", name)
		}
	}
}

// TestNothingLeadsOut: neither names nor links lead out of a script's folder.
func TestNothingLeadsOut(t *testing.T) {
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret.jpg"), []byte("a secret"), 0o600))
	dir := filepath.Join(outside, "scripts")
	must(t, os.CopyFS(dir, script()))
	must(t, os.CopyFS(dir, open()))
	must(t, os.WriteFile(filepath.Join(dir, "petrov", ".hidden.jpg"), []byte("a secret"), 0o600))
	if err := os.Symlink(filepath.Join(outside, "secret.jpg"), filepath.Join(dir, "petrov", "link.jpg")); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Log(err) // not everywhere may everybody make one
	}
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { root.Close() })
	r := newRig(t, stage.Options{Scripts: root.FS(), Widgets: os.DirFS(outside), Singing: os.DirFS(outside)})
	must(t, r.Begin("petrov", "petrov", 1))
	want(t, r.get("/petrov/namedimg/night.jpg"), 200, "a night")
	for _, name := range []string{
		"..%2fopen%2fnight.jpg", "..%2f..%2fsecret.jpg", "%2e%2e%2f..%2fsecret.jpg", "link.jpg", ".hidden.jpg", "%2fetc%2fpasswd",
		"..%5csecret.jpg", "..%2findex.json", "", "%00", "night.jpg%00", ".", "..", "x%2f..%2fnight.jpg", "night.jpg%2f",
	} {
		for _, route := range []string{"/petrov/namedimg/", "/petrov/captions/", "/widgets/", "/widgets/BucketSinging/", "/petrov/opusjs/", "/"} {
			w := r.get(route + name)
			if route+name == "/" {
				continue // the control page
			}
			if w.Code < 300 || w.Code >= 500 || strings.Contains(w.Body.String(), "a secret") {
				t.Errorf("%s%s is answered %d %s", route, name, w.Code, w.Body)
			}
		}
	}
}

// TestMedia: files have the type that their name says, and come in parts.
func TestMedia(t *testing.T) {
	r := newRig(t, stage.Options{Scripts: with(script(), "petrov/a.webm", "0123456789", "petrov/b.MP3", "x", "petrov/c.svg", "<svg/>", "petrov/d", "x")})
	must(t, r.Begin("petrov", "petrov", 1))
	for name, kind := range map[string]string{"a.webm": "video/webm", "b.MP3": "audio/mpeg", "c.svg": "image/svg+xml", "d": "image/jpeg", "index.json": "image/jpeg"} {
		w := r.get("/petrov/namedimg/" + name)
		if w.Code != 200 || w.Header().Get("Content-Type") != kind {
			t.Errorf("%s is answered %d %v", name, w.Code, w.Header())
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, "sandbox") {
			t.Errorf("%s has the policy %q", name, policy)
		}
	}
	part := r.get("/petrov/namedimg/a.webm", header("Range", "bytes=2-4"))
	if part.Code != http.StatusPartialContent || part.Body.String() != "234" {
		t.Errorf("a part is answered %d %s", part.Code, part.Body)
	}
}
