package batch_test

import (
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/batch"
)

// BenchmarkParse: a hundred updates in the form that nearly all have, and with
// a capital that makes the same a matter for encoding/json.
func BenchmarkParse(b *testing.B) {
	common := body(100)
	for _, test := range []struct{ name, body string }{
		{"common", common},
		{"escapes", strings.ReplaceAll(common, "text", `\"text\"`)},
		{"odd", strings.Replace(common, `"path"`, `"Path"`, 1)},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.SetBytes(int64(len(test.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, fault := batch.Parse([]byte(test.body), false); fault != nil {
					b.Fatalf("%+v", fault)
				}
			}
		})
	}
}
