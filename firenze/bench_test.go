package firenze

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/rootspush/roots/thestral"
)

// held is a registry that lets the benchmark hold on to the session.
type held struct {
	numberer
	last thestral.Thestral
}

func (h *held) Register(t thestral.Thestral) string {
	h.last = t
	return h.numberer.Register(t)
}

// BenchmarkPublishToPoll is the way of one message to a client that waits, and
// of the client's next request, through the handler.
func BenchmarkPublishToPoll(b *testing.B) {
	registry := new(held)
	f := New(registry, Options{})
	defer f.Close()
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	next := nextPath(ask("/"))
	answers := make(chan *httptest.ResponseRecorder)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		go func() { answers <- ask(next) }()
		registry.last.Update(nil, "my/data", strconv.Itoa(i))
		next = nextPath(<-answers)
	}
}

func nextPath(w *httptest.ResponseRecorder) string {
	_, next, _ := strings.Cut(w.Body.String(), `"reconnectWith":"`)
	return "/" + strings.TrimSuffix(next, `"}`)
}

// BenchmarkFanOut hands one message to 1,000 sessions, in each of which a poll
// begins to wait before.
func BenchmarkFanOut(b *testing.B) {
	_, clients := crowd(b, 1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		message := strconv.Itoa(i)
		for _, c := range clients {
			c.mu.Lock()
			c.confirm(c.last)
			c.attach(&waiter{})
			c.mu.Unlock()
			c.Update(nil, "my/data", message)
		}
	}
}

// BenchmarkFrame compares one message to many, of which all but the first find
// it encoded, with a message of its own for each.
func BenchmarkFrame(b *testing.B) {
	messages := make([]string, 1000)
	for i := range messages {
		messages[i] = strings.Repeat("m", 200) + strconv.Itoa(i)
	}
	b.Run("same", func(b *testing.B) {
		var fs frames
		f := new(Firenze)
		fs.frame(&client{firenze: f}, "my/data", messages[0])
		to := &client{firenze: f}
		b.ReportAllocs()
		for b.Loop() {
			fs.frame(to, "my/data", messages[0])
		}
	})
	b.Run("distinct", func(b *testing.B) {
		var fs frames
		to := &client{firenze: new(Firenze)}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			fs.frame(to, "my/data", messages[i%len(messages)])
		}
	})
}
