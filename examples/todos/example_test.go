package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rootspush/roots/thestral"
)

// printer stands for a browser that is connected.
type printer struct{}

func (printer) Update(_ thestral.Thestral, path, message string) { fmt.Println(path, message) }
func (printer) Next() []thestral.Thestral                        { return nil }

// What a member does over REST is pushed on the path of the list.
func Example() {
	a := newApp(new(lists), new(logins))
	defer a.firenze.Close()
	a.pig.On("todos/ann", printer{})
	_ = a.lists.begin("ann")
	cookie := &http.Cookie{Name: loginCookie, Value: a.logins.begin("ann")}

	for _, step := range [][3]string{
		{"POST", "/lists/ann/tasks", `{"id":"t1","text":"milk"}`},
		{"PUT", "/lists/ann/tasks/t1", `{"text":"oat milk","done":true}`},
		{"DELETE", "/lists/ann/tasks/t1"},
	} {
		r := httptest.NewRequest(step[0], step[1], strings.NewReader(step[2]))
		r.Header.Set("Content-Type", "application/json")
		r.AddCookie(cookie)
		a.handler().ServeHTTP(httptest.NewRecorder(), r)
	}
	// Output:
	// todos/ann {"id":"t1","version":1,"created":1,"text":"milk","done":false}
	// todos/ann {"id":"t1","version":2,"created":1,"text":"oat milk","done":true}
	// todos/ann {"id":"t1","version":3,"deleted":true}
}
