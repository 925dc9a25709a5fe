package stage

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/pig"
)

// small is a script of one page.
func small(t testing.TB) *Stage {
	t.Helper()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	s := New(Options{Scripts: fstest.MapFS{
		"small/index.json": {Data: []byte(`{"background": "1.svg", "showParticipants": "avatars"}`)},
		"small/1.svg":      {Data: []byte("<svg/>")},
	}})
	t.Cleanup(s.Close)
	return s
}

// TestRituals: there are so many at a time; the next is refused.
func TestRituals(t *testing.T) {
	s := small(t)
	for n := range maxRituals {
		if err := s.Begin(fmt.Sprint(n), "small", 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Begin("one more", "small", 1); statusOf(err) != http.StatusServiceUnavailable {
		t.Errorf("the error is %v", err)
	}
}

// TestBeginAtOnce: of many who begin the same ritual at the same time one does, and
// what the others made ends.
func TestBeginAtOnce(t *testing.T) {
	s := small(t)
	var begun, duplicates atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			switch err := s.Begin("small", "small", 1); err {
			case nil:
				begun.Add(1)
			case errDuplicate:
				duplicates.Add(1)
			}
		})
	}
	all.Wait()
	if begun.Load() != 1 || duplicates.Load() != 19 {
		t.Errorf("%d began it, %d were told that it is there", begun.Load(), duplicates.Load())
	}
}

// TestFullOfPictures: a ritual keeps so many.
func TestFullOfPictures(t *testing.T) {
	var photo bytes.Buffer
	if err := png.Encode(&photo, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	s := small(t)
	r := &ritual{stage: s, pictures: make([]picture, maxPictures-1)}
	if n, _, err := r.addPicture(photo.Bytes()); n != maxPictures || err != nil {
		t.Errorf("the last is %d, %v", n, err)
	}
	if _, _, err := r.addPicture(photo.Bytes()); statusOf(err) != http.StatusBadRequest || len(r.pictures) != maxPictures {
		t.Errorf("one more is %v", err)
	}
	r.pictures = nil
	s.pictures.used.Store(maxPictureBytes)
	if _, _, err := r.addPicture(photo.Bytes()); err != errNoRoom || s.pictures.used.Load() != maxPictureBytes {
		t.Errorf("where there is no room it is %v", err)
	}
}

// TestPicturesAreGivenBack: when a ritual is over, nothing of its pictures and
// faces is counted any more.
func TestPicturesAreGivenBack(t *testing.T) {
	s := small(t)
	if err := s.Begin("small", "small", 1); err != nil {
		t.Fatal(err)
	}
	r := s.find("small")
	v := r.newVisitor(partake, nil, false)
	if err := r.join(v); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{100, 50, 0, 70} {
		if err := r.setFace(v.id, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		if got := s.pictures.used.Load(); got != int64(size) {
			t.Errorf("with a face of %d bytes %d are used", size, got)
		}
	}
	if err := r.setFace("nobody", make([]byte, 9)); err != errNotFound || s.pictures.used.Load() != 70 {
		t.Errorf("nobody's face is %v, and %d are used", err, s.pictures.used.Load())
	}
	if _, _, err := r.addPicture(yellow()); err != nil || s.pictures.used.Load() <= 70 {
		t.Errorf("with a picture %d are used, %v", s.pictures.used.Load(), err)
	}
	r.finish()
	if got := s.pictures.used.Load(); got != 0 {
		t.Errorf("at the end %d are used", got)
	}
	if got := s.owl.Count(pig.Heard{Text: r.chat}); got != 0 {
		t.Errorf("at the end %d hear the chat", got)
	}
}

// TestVisitors: where a ritual is full, one who left makes room, and where nobody
// left, nobody comes in.
func TestVisitors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := small(t)
		if err := s.Begin("small", "small", 1); err != nil {
			t.Fatal(err)
		}
		enter := func() int {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest("GET", "/small/observe", nil))
			return w.Code
		}
		for range maxVisitors {
			enter()
		}
		if got := enter(); got != http.StatusServiceUnavailable {
			t.Errorf("one more is answered %d", got)
		}
		time.Sleep(presence + time.Second)
		if got := enter(); got != http.StatusOK {
			t.Errorf("when others left it is answered %d", got)
		}
		if got := len(s.find("small").visitors); got != maxVisitors {
			t.Errorf("there are %d", got)
		}
		if got := len(s.find("small").byID); got != maxVisitors {
			t.Errorf("%d are known", got)
		}
	})
}

// TestForgottenLogins: beyond the limit the login is forgotten that was not used
// for the longest.
func TestForgottenLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ls := newLogins("")
		for n := range maxLogins {
			ls.put(login{rid: fmt.Sprint(n)})
			time.Sleep(time.Second)
		}
		ls.use([]string{"0"})
		ls.put(login{rid: "1", name: "again"})
		ls.put(login{rid: "new"})
		for rid, want := range map[string]bool{"0": true, "1": true, "2": false, "3": true, "new": true} {
			if got := ls.get(rid).rid != ""; got != want {
				t.Errorf("login %s is there: %v", rid, got)
			}
		}
		if len(ls.byRID) != maxLogins {
			t.Errorf("there are %d", len(ls.byRID))
		}
	})
}

// TestRecent: so many posts are known again, the oldest is forgotten first.
func TestRecent(t *testing.T) {
	var r recent
	for n := range maxPosts + 1 {
		r.add(fmt.Sprint(n))
	}
	r.add("")
	r.add(strings.Repeat("x", maxName+1))
	if r.has("0") || !r.has("1") || !r.has(fmt.Sprint(maxPosts)) || r.has("") || len(r.known) != maxPosts || len(r.line) != maxPosts {
		t.Errorf("%d are known", len(r.known))
	}
}

// TestBodies: a body has so many bytes, and all together so many.
func TestBodies(t *testing.T) {
	s := small(t)
	if err := s.Begin("small", "small", 1); err != nil {
		t.Fatal(err)
	}
	ask := func(size int) *httptest.ResponseRecorder {
		req := httptest.NewRequest("POST", "/small/chat/send", io.MultiReader(strings.NewReader("text=x&y="), bytes.NewReader(make([]byte, size-len("text=x&y=")))))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		return w
	}
	if w := ask(maxBody); w.Code != http.StatusNoContent {
		t.Errorf("the largest body is answered %d %s", w.Code, w.Body)
	}
	if w := ask(maxBody + 1); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a larger body is answered %d %s", w.Code, w.Body)
	}
	s.bodies.used.Add(maxBodies - maxBody + 1)
	if w := ask(100); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("too many bodies are answered %d %v", w.Code, w.Header())
	}
	s.bodies.used.Add(-1)
	if w := ask(100); w.Code != http.StatusNoContent {
		t.Errorf("just as many as may be are answered %d %s", w.Code, w.Body)
	}
}

// TestAddressOf: X-Forwarded-For is believed as far as those who wrote it are
// trusted.
func TestAddressOf(t *testing.T) {
	s := &Stage{options: Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.7:99", "", "192.0.2.7"},
		{"192.0.2.7:99", "1.1.1.1", "192.0.2.7"},
		{"127.0.0.1:99", "1.1.1.1", "1.1.1.1"},
		{"[::1]:99", "2.2.2.2, 1.1.1.1", "1.1.1.1"},
		{"10.1.2.3:99", "1.1.1.1", "1.1.1.1"},
		{"127.0.0.1:99", "3.3.3.3, 2.2.2.2, 10.1.2.3", "2.2.2.2"},
		{"127.0.0.1:99", "3.3.3.3, nonsense, 10.1.2.3", "10.1.2.3"},
		{"127.0.0.1:99", "10.1.2.3, 127.0.0.1", "10.1.2.3"},
		{"[::ffff:127.0.0.1]:9", "::ffff:1.1.1.1", "1.1.1.1"},
		{"@", "1.1.1.1", "1.1.1.1"},
		{"@", "", "::1"},
	} {
		req := httptest.NewRequest("GET", "/", nil)
		req.RemoteAddr = c.remote
		if c.forwarded != "" {
			req.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.addressOf(req); got != c.want {
			t.Errorf("%s for %q is %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}
