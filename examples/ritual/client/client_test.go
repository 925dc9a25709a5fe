package client_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/client"
	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/internal/testenv"
)

// TestJavaScript runs the tests of the pure modules under node.
func TestJavaScript(t *testing.T) {
	node := testenv.Need(t, "node", "nodejs")
	out, err := exec.Command(node, "--test", "--test-reporter=tap", "test/").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "\n# tests ") || strings.Contains(string(out), "\n# tests 0\n") {
		t.Errorf("node ran no tests:\n%s", out)
	}
}

// markup is what somebody may type who wishes the others ill.
const markup = `"'><script>x</script>{{.}}</script>`

// TestEscaped writes each page with markup in each text, and finds none of it.
func TestEscaped(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"control": func(w io.Writer) error {
			return client.Control(w, client.ControlPage{Rituals: []client.RitualLink{{Name: markup, Script: markup}},
				Scripts: []string{markup}, Problem: markup, Name: markup, Script: markup, Page: markup})
		},
		"not ready": func(w io.Writer) error { return client.NotReady(w, markup) },
		"login": func(w io.Writer) error {
			return client.Login(w, client.LoginPage{Ritual: markup, Problem: markup, Email: markup, Name: markup})
		},
		"manage": func(w io.Writer) error {
			return client.Manage(w, client.ManagePage{Logins: []client.Person{{RID: markup, Name: markup, Email: markup}}, Last: markup})
		},
		"stage": func(w io.Writer) error {
			return client.Stage(w, client.StagePage{Ritual: markup, Client: markup, Role: markup, Token: markup, Participants: "avatars",
				Reserve: markup, Names: []string{markup}, Preload: []widget.Preload{{VideoURL: markup, Captions: markup}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var page bytes.Buffer
			if err := write(&page); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(page.String(), "<script>x") || strings.Contains(page.String(), `"'>`) {
				t.Errorf("markup got through:\n%s", &page)
			}
			if strings.Contains(page.String(), "ZgotmplZ") {
				t.Errorf("a value was refused by its place:\n%s", &page)
			}
		})
	}
}

// TestLinks: a ritual's name is one segment of an address, whatever is in it.
func TestLinks(t *testing.T) {
	for name, want := range map[string]string{
		"vigil":       `href="/vigil/partake"`,
		"New Year":    `href="/New%20Year/partake"`,
		"50% of us?":  `href="/50%25%20of%20us%3F/partake"`,
		"#1":          `href="/%231/partake"`,
		"Silvester ö": `href="/Silvester%20%C3%B6/partake"`,
	} {
		var control, manage strings.Builder
		if err := client.Control(&control, client.ControlPage{Rituals: []client.RitualLink{{Name: name}}}); err != nil {
			t.Fatal(err)
		}
		if err := client.Manage(&manage, client.ManagePage{Last: name}); err != nil {
			t.Fatal(err)
		}
		for page, text := range map[string]string{"control": control.String(), "manage": manage.String()} {
			if !strings.Contains(text, want) {
				t.Errorf("the page %s has no %s:\n%s", page, want, text)
			}
		}
	}
}

// TestRoles: each role has the buttons that are its own.
func TestRoles(t *testing.T) {
	for _, test := range []struct {
		page       client.StagePage
		has, hasNo []string
	}{
		{client.StagePage{Role: "partake", Rotate: true}, nil, []string{"nextPage", "skipSpeaker"}},
		{client.StagePage{Role: "lead"}, []string{"nextPage", "prevPage"}, []string{"skipSpeaker"}},
		{client.StagePage{Role: "lead", Rotate: true}, []string{"nextPage", "skipSpeaker"}, nil},
		{client.StagePage{Role: "observe"}, []string{"<button hidden>Enter", "disabled"}, []string{"nextPage"}},
		{client.StagePage{Participants: "avatars"}, []string{"/manageLogins"}, nil},
		{client.StagePage{Participants: "none"}, nil, []string{"/manageLogins"}},
	} {
		var page strings.Builder
		if err := client.Stage(&page, test.page); err != nil {
			t.Fatal(err)
		}
		for _, part := range test.has {
			if !strings.Contains(page.String(), part) {
				t.Errorf("%+v: there is no %s", test.page, part)
			}
		}
		for _, part := range test.hasNo {
			if strings.Contains(page.String(), part) {
				t.Errorf("%+v: there is a %s", test.page, part)
			}
		}
	}
}

func TestPolicy(t *testing.T) {
	const rest = `; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`
	for _, test := range []struct {
		name      string
		addresses []string
		media     string
	}{
		{"nothing named", nil, `'self' blob:`},
		{"an origin once, without the path", []string{"https://media.example/a.mp4?x#y", "https://media.example/b"}, `'self' blob: https://media.example`},
		{"ports and both schemes", []string{"http://media.example:8000/a", "https://[::1]/"}, `'self' blob: http://media.example:8000 https://[::1]`},
		{"no password", []string{"https://ann:secret@media.example/"}, `'self' blob: https://media.example`},
		{"what is no address of HTTP", []string{"namedimg/a.webm", "//x.example/", "javascript:x", "data:video/mp4,x", "file:///etc", "https:", "", "%"}, `'self' blob:`},
		{"what would end the directive", []string{"https://a;script-src%20*/", "https://a b/", "https://*/", "https://'unsafe-inline'/", "https://a,b/"}, `'self' blob:`},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := `default-src 'self'; img-src data: ` + test.media + `; media-src ` + test.media + rest
			if diff := cmp.Diff(want, client.Policy(test.addresses...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzPolicy: no address adds a directive, or opens more than an origin.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{"https://media.example/a", "https://a;default-src *", "http://*", "https://x\n", "https://[::1%25;x]/"} {
		f.Add(seed)
	}
	plain := client.Policy()
	f.Fuzz(func(t *testing.T, address string) {
		policy := client.Policy(address)
		if strings.Count(policy, ";") != strings.Count(plain, ";") || strings.ContainsAny(policy, "*\n\r,") || strings.Contains(policy, "unsafe") {
			t.Errorf("%q gives %q", address, policy)
		}
	})
}

// TestFiles: there is all that the pages ask for, and nothing that is not for browsers.
func TestFiles(t *testing.T) {
	entries, err := client.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, entry := range entries {
		if there[entry.Name()] = true; !strings.HasSuffix(entry.Name(), ".js") && !strings.HasSuffix(entry.Name(), ".css") {
			t.Errorf("%s is not for browsers", entry.Name())
		}
	}
	for _, name := range []string{"lib.js", "stage.js", "login.js", "ritual.css", "stage.css"} {
		if !there[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

func ExampleControl() {
	page := client.ControlPage{Rituals: []client.RitualLink{{Name: "New Year <2030>", Script: "short"}}}
	var text strings.Builder
	if err := client.Control(&text, page); err != nil {
		panic(err)
	}
	for line := range strings.Lines(text.String()) {
		if strings.Contains(line, "partake") {
			_, _ = io.WriteString(os.Stdout, strings.TrimSpace(line))
		}
	}
	// Output: <li><a href="/New%20Year%20%3C2030%3E/partake">New Year &lt;2030&gt; (short)</a></li>
}
