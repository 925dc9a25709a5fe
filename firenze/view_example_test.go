package firenze_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
)

// Sessions tells what may be known of each.
func ExampleFirenze_Sessions() {
	d := new(dolores.Dolores)
	f := firenze.New(d, firenze.Options{})
	defer f.Close()
	f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))

	for v := range f.Sessions() {
		t, _ := d.Lookup(v.ID)
		t.Update(nil, "my/data", "hello")
		v, _ = f.Session(v.ID)
		fmt.Println(v.Transport, v.Messages, v.MaxMessages, f.Explain(v.ID, "my/data", "more"))
	}
	// Output:
	// none 1 1000 <nil>
}
