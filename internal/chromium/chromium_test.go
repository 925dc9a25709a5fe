package chromium_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/internal/chromium"
)

// greeter greets by a cookie that its form sets.
var greeter = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if name := r.FormValue("name"); name != "" {
		http.SetCookie(w, &http.Cookie{Name: "name", Value: name})
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	name := "stranger"
	if cookie, err := r.Cookie("name"); err == nil {
		name = cookie.Value
	}
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<p>Hello " + name + "<form><input name=name>"))
})

func TestWindows(t *testing.T) {
	browser := chromium.Start(t)
	server := httptest.NewServer(greeter)
	defer server.Close()
	first := chromium.Open(t, browser, server.URL)
	second := chromium.Open(t, browser, server.URL)

	chromium.Type(t, first, "input", "ann\r")
	chromium.WaitFor(t, first, `document.body.innerText.includes("Hello ann")`)
	chromium.Do(t, second, chromedp.Reload())
	if text := chromium.Eval[string](t, second, `Promise.resolve(document.body.innerText.trim())`); text != "Hello stranger" {
		t.Errorf("the second window shows %q, but it is another person's", text)
	}
}
