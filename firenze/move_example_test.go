package firenze_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
)

// A session goes on in another process, with what its client has not received yet.
func ExampleFirenze_Release() {
	before, after := new(dolores.Dolores), new(dolores.Dolores)
	old, young := firenze.New(before, firenze.Options{}), firenze.New(after, firenze.Options{})
	defer young.Close()

	w := httptest.NewRecorder()
	old.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	var answer struct{ ReconnectWith string }
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	id, _, _ := strings.Cut(answer.ReconnectWith, "/")
	session, _ := before.Lookup(id)
	session.Update(nil, "news", "said before")

	snapshot, forget, _ := old.Release(id)
	forget()
	old.Close()
	again, _ := young.TakeUp(snapshot)
	again.Update(nil, "news", "said after")

	w = httptest.NewRecorder()
	young.ServeHTTP(w, httptest.NewRequest("GET", "/"+answer.ReconnectWith, nil))
	updates, _, _ := strings.Cut(w.Body.String(), `,"reconnectWith"`)
	fmt.Println(updates)
	// Output: {"updates":[{"path":"news","message":"said before"},{"path":"news","message":"said after"}]
}
