package browser_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rootspush/roots/connectors/browser"
	"github.com/rootspush/roots/internal/testenv"
)

func Example() {
	http.HandleFunc("GET /pomona.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(browser.Module))
	})

	answer := httptest.NewRecorder()
	http.DefaultServeMux.ServeHTTP(answer, httptest.NewRequest("GET", "/pomona.js", nil))
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"))
	// Output: 200 text/javascript; charset=utf-8
}

// TestJavaScript runs the tests of the module, which are written in JavaScript.
func TestJavaScript(t *testing.T) {
	node := testenv.Need(t, "node", "nodejs")
	tests, err := filepath.Glob("test/*.test.mjs")
	if err != nil || len(tests) == 0 {
		t.Fatalf("no tests were found in test: %v", err)
	}
	output, err := exec.CommandContext(t.Context(), node, append([]string{"--test"}, tests...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
