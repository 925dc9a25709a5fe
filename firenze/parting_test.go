package firenze

import (
	"net/http/httptest"
	"testing"
)

// TestPartingBeforeTheFirstWord: another request took the place of a stream before
// that was written to. One that has a good-bye to say waits for the client to
// close; the other has only the head of its answer to write, and ends at once.
func TestPartingBeforeTheFirstWord(t *testing.T) {
	for name, c := range map[string]struct {
		form form
		want bool
	}{
		"events":    {eventForm{}, false},
		"WebSocket": {socketForm{}, true},
	} {
		f, clients := crowd(t, 1)
		s := &stream{form: c.form, head: []byte("head")}
		if err := f.open(s, httptest.NewRequest("GET", "/", nil), clients[0], 0); err != nil {
			t.Fatal(err)
		}
		clients[0].enter(0, &waiter{})
		if out, open := s.say(nil); open != c.want || string(out[:4]) != "head" {
			t.Errorf("%s: wrote %q and stays open: %v", name, out, open)
		}
	}
}
