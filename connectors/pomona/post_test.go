package pomona_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/internal/testenv"
)

func TestPost(t *testing.T) {
	for status, refused := range map[int]bool{200: false, 204: false, 399: false, 400: true, 403: true, 499: true, 500: false, 503: false} {
		var got []string
		backEnd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got = []string{r.Method, r.RequestURI, r.Header.Get("Content-Type"), string(body)}
			w.WriteHeader(status)
		}))
		err := pomona.Post(backEnd.URL+"/connect/{id}?id={id}", nil)(t.Context(), "a b", []string{"x", `"ä/`})
		backEnd.Close()
		want := []string{"POST", "/connect/a%20b?id=a%20b", "application/json", `["x","\"ä/"]`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the request (-want +got):\n%s", diff)
		}
		if errors.Is(err, pomona.ErrRefused) != refused {
			t.Errorf("status %d returned %v, refused should be %v", status, err, refused)
		}
		if (err != nil) != (status >= 400) {
			t.Errorf("status %d returned %v", status, err)
		}
	}
}

func TestPostFails(t *testing.T) {
	for _, where := range []string{"http://" + testenv.FreeAddress(t), "http://%zz/"} {
		err := pomona.Post(where, http.DefaultClient)(t.Context(), "id", []string{"a"})
		if err == nil || errors.Is(err, pomona.ErrRefused) {
			t.Errorf("Post to %q returned %v, want an error that is no refusal", where, err)
		}
	}
}
