package dudley_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

// nobody hears everything and does nothing.
type nobody struct{}

func (nobody) Update(thestral.Thestral, string, string) {}
func (nobody) Next() []thestral.Thestral                { return nil }

func BenchmarkText(b *testing.B) { benchmark(b, "/my/data", "text number 1") }

func BenchmarkBatch1(b *testing.B) {
	body, _ := batch(1)
	benchmark(b, "/", body)
}

func BenchmarkBatch100(b *testing.B) {
	body, _ := batch(100)
	benchmark(b, "/", body)
}

// benchmark gives one request again and again to the handler itself.
func benchmark(b *testing.B, path, body string) {
	handler := dudley.New(nobody{}, dudley.Options{})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("POST", "http://localhost"+path, strings.NewReader(body)))
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
}
