package batch_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/batch"
)

// TestRead: a body comes whole or not at all. What stands before the reader may
// have changed it and not its length, or fail to read it.
func TestRead(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("12345"), brokenReader{})
	for name, test := range map[string]struct {
		body   io.Reader
		length int64
		status int
		text   string // of the error, or of the body if there is none
	}{
		"whole":        {strings.NewReader("12345"), 5, 200, "12345"},
		"empty":        {strings.NewReader(""), 0, 200, ""},
		"at the limit": {strings.NewReader(blank), batch.MaxBody, 200, blank},

		"shorter":         {strings.NewReader("1234"), 5, 400, "the body is not as long as its Content-Length of 5"},
		"longer":          {strings.NewReader("123456"), 5, 400, "the body is not as long as its Content-Length of 5"},
		"broken":          {broken, 5, 400, "the body is not as long as its Content-Length of 5"},
		"unknown":         {strings.NewReader("12345"), -1, 411, "the length of the body is unknown, send Content-Length"},
		"above the limit": {strings.NewReader(blank + " "), batch.MaxBody + 1, 413, "the body is 1048577 bytes long, at most 1048576 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", test.body)
			r.ContentLength = test.length
			got, fault := batch.Read(r)
			status, text := 200, string(got)
			if fault != nil {
				status, text = fault.Status, fault.Text+string(got)
			}
			if status != test.status || text != test.text {
				t.Errorf("%d %.80q, want %d %.80q", status, text, test.status, test.text)
			}
		})
	}
}

var blank = strings.Repeat(" ", batch.MaxBody)

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }
