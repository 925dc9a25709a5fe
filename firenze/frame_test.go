package firenze

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/thestral"
)

// A numberer is a registry that knows nobody.
type numberer struct{ atomic.Int64 }

func (n *numberer) Register(thestral.Thestral) string     { return strconv.FormatInt(n.Add(1), 10) }
func (n *numberer) Adopt(string, thestral.Thestral) error { return nil }
func (n *numberer) Unregister(string)                     {}

// crowd begins so many sessions.
func crowd(t testing.TB, count int) (*Firenze, []*client) {
	f := New(new(numberer), Options{})
	t.Cleanup(f.Close)
	clients := make([]*client, count)
	for i := range clients {
		c, err := f.begin(false)
		if err != nil {
			t.Fatal(err)
		}
		f.enter(c)
		clients[i] = c
	}
	return f, clients
}

// TestMessageIsEncodedOnce, and all sessions share that.
func TestMessageIsEncodedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where no tick comes between
		_, clients := crowd(t, 1000)
		for _, message := range []string{"one message", "another message"} {
			for _, c := range clients {
				c.Update(nil, "path", message)
			}
		}
		first := clients[0].queue
		for _, c := range clients {
			for i, it := range c.queue {
				if it.frame != first[i].frame || &it.frame.json[0] != &first[i].frame.json[0] {
					t.Fatal("two sessions hold the same message twice")
				}
			}
		}
		if first[0].frame == first[1].frame {
			t.Error("two messages are one")
		}
	})
}

// TestFramesForget what they gave out, which stays as it was.
func TestFramesForget(t *testing.T) {
	var fs frames
	f := new(Firenze)
	before := fs.frame(&client{firenze: f}, "path", "message")
	if fs.frame(&client{firenze: f}, "path", "message") != before {
		t.Error("the same message is encoded twice")
	}
	fs.forget()
	for i := range fs.recent {
		if fs.recent[i].Load() != nil {
			t.Error("a frame is still kept")
		}
	}
	if after := fs.frame(&client{firenze: f}, "path", "message"); after == before || !bytes.Equal(after.json, before.json) {
		t.Errorf("%s became %s", before.json, after.json)
	}
}

// TestFramesAreForgottenWithEachTick, so that what nobody queues any more is let
// go.
func TestFramesAreForgottenWithEachTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, clients := crowd(t, 1)
		for range 3 {
			clients[0].Update(nil, "path", "message")
			time.Sleep(tick)
			synctest.Wait()
			for i := range f.frames.recent {
				if f.frames.recent[i].Load() != nil {
					t.Error("a frame is still kept")
				}
			}
		}
	})
}

// TestFramesOfManyGoroutines: whatever others ask for, everybody gets the own.
func TestFramesOfManyGoroutines(t *testing.T) {
	var fs frames
	to := &client{firenze: new(Firenze)}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 2000 {
				path, message := fmt.Sprint("path", i%200), fmt.Sprint(i%3)
				f := fs.frame(to, path, message)
				if want := fmt.Sprintf(`{"path":"%s","message":"%s"}`, path, message); f.path != path || f.message != message || string(f.json) != want {
					t.Errorf("asked for %s and %s, got %s", path, message, f.json)
				}
				if i%500 == 0 {
					fs.forget()
				}
			}
		})
	}
	all.Wait()
}

// FuzzEncode: what is encoded is one line of JSON, from which the same update
// comes back; a byte that is not UTF-8 became U+FFFD.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{"", "text", "\"\\/", "\x00\x1f\x7f", "größe 🦉", "\u2028\u2029", "\xff", "a\xc3(", "\xed\xa0\x80", "</script>", "\n\r\n"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, path, message string) {
		encoded := encode(path, message)
		var got thestral.Update
		if err := json.Unmarshal(encoded, &got); err != nil {
			t.Fatalf("%q: %v", encoded, err)
		}
		want := thestral.Update{Path: string([]rune(path)), Message: string([]rune(message))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", encoded, diff)
		}
		if bytes.ContainsAny(encoded, "\n\r\u2028\u2029") {
			t.Errorf("%q is more than one line", encoded)
		}
	})
}
