package cornelius_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

// printer prints what it is told.
type printer struct{}

func (printer) Update(_ thestral.Thestral, path, message string) { fmt.Println(path, message) }
func (printer) Next() []thestral.Thestral                        { return nil }

func ExampleNew() {
	server := httptest.NewServer(dudley.New(printer{}, dudley.Options{}))
	defer server.Close()
	roots, err := cornelius.New(server.URL, cornelius.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(roots.Update(context.Background(), "my/data", "hello"))
	fmt.Println(roots.Update(context.Background(), "", "hello"))
	// Output:
	// my/data hello
	// <nil>
	// cornelius: item 0: the path is empty, it must name something, as in "my/data"
}

// A view that connects browsers: it decides by the session who may hear what,
// and takes no posts from other sites.
func ExampleLocal() {
	roots := cornelius.Local(printer{})
	connect := func(w http.ResponseWriter, r *http.Request) {
		var paths []string
		if json.NewDecoder(r.Body).Decode(&paths) != nil || !mayHear(r, paths) {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		if err := roots.Connect(r.Context(), r.PathValue("id"), paths...); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	}
	app := http.NewServeMux()
	app.HandleFunc("POST /connect/{id}", connect)
	protected := http.NewCrossOriginProtection().Handler(app)

	for _, site := range []string{"same-origin", "cross-site"} {
		r := httptest.NewRequest("POST", "/connect/some-id", strings.NewReader(`["orders/mine"]`))
		r.Header.Set("Sec-Fetch-Site", site)
		w := httptest.NewRecorder()
		protected.ServeHTTP(w, r)
		fmt.Println(site, w.Code)
	}
	// Output:
	// ::connect some-id->orders/mine
	// same-origin 200
	// cross-site 403
}

// mayHear stands for what the application knows of the user of this session.
func mayHear(_ *http.Request, paths []string) bool {
	return len(paths) == 1 && paths[0] == "orders/mine"
}
