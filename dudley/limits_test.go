package dudley_test

import (
	"strings"
	"testing"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

// TestLimits: what is just allowed arrives, and one more is refused whole.
func TestLimits(t *testing.T) {
	a := strings.Repeat("a", dudley.MaxBody)
	for _, test := range []struct {
		name    string
		limit   int
		request func(n int) string
		over    int    // the status above the limit
		says    string // and what its error has in it
	}{
		{"path as address", thestral.MaxPath, func(n int) string {
			return post("/"+a[:n], "m")
		}, 400, "at most 255 are allowed"},
		{"message as body", thestral.MaxMessage, func(n int) string {
			return post("/p", a[:n])
		}, 400, "at most 65536 are allowed"},
		{"batch", dudley.MaxBatch, func(n int) string {
			body, _ := batch(n)
			return post("/", body)
		}, 400, "at most 1000 are allowed"},
		{"body", dudley.MaxBody, func(n int) string {
			const body = `[{"path":"p","message":"m"}]`
			return post("/", body+strings.Repeat(" ", n-len(body)))
		}, 413, "at most 1048576 are allowed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, body, got := ask(t, dudley.Options{}, test.request(test.limit))
			if answer.StatusCode != 200 || len(got) == 0 {
				t.Errorf("at the limit it is answered %d %s, and %d arrived", answer.StatusCode, body, len(got))
			}
			answer, body, got = ask(t, dudley.Options{}, test.request(test.limit+1))
			if answer.StatusCode != test.over || !strings.Contains(body, test.says) || len(got) > 0 {
				t.Errorf("above it is answered %d %s, and %d arrived", answer.StatusCode, body, len(got))
			}
		})
	}
}
