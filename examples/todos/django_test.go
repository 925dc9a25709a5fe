//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/internal/testenv"
)

// TestTutorial types in what README.md says, in an empty folder, and opens what
// comes of it in two windows.
func TestTutorial(t *testing.T) {
	browser := chromium.Start(t)
	site := startTutorial(t)
	ann := loginToDjango(t, browser, site, "ann", "milk")
	bob := loginToDjango(t, browser, site, "bob", "bread")

	// Nobody hears a list without being its member.
	chromium.Eval[bool](t, bob, listenTo("todos/ann", "todos/bob"))
	chromium.WaitFor(t, bob, `heard.join() === "todos/bob "`)
	chromium.Type(t, ann, "#add input", "secret\r")
	waitForRows(t, ann, "secret")
	chromium.Type(t, bob, "#add input", "bob's own\r")
	chromium.WaitFor(t, bob, `heard.length > 1`)
	if heard := chromium.Eval[string](t, bob, "heard.join()"); strings.Contains(heard, "ann") || strings.Contains(heard, "secret") {
		t.Errorf("bob heard %s", heard)
	}

	// Whoever is one sees what the other does.
	chromium.Type(t, ann, "#name", "bob\r")
	chromium.WaitFor(t, ann, `document.querySelector("#members").textContent === "ann, bob"`)
	chromium.Do(t, bob, chromedp.Navigate(site+"lists/ann"))
	waitForStatus(t, bob, "Live")
	chromium.Type(t, ann, "#add input", "milk\r")
	waitForRows(t, bob, "secret", "milk")
	chromium.Type(t, bob, "li:first-child [type=checkbox]", " ")
	waitForRows(t, ann, "✓ secret", "milk")
	chromium.Type(t, ann, "li:first-child button", "\r")
	waitForRows(t, bob, "milk")

	// A post without the token may come from another site.
	const post = `fetch("/connect/some-id", { method: "POST", body: "[]" }).then((answer) => answer.status)`
	if status := chromium.Eval[int](t, bob, post); status != http.StatusForbidden {
		t.Errorf("a post without the token is answered %d", status)
	}
}

// listenTo notes what is heard of paths, in JavaScript.
func listenTo(paths ...string) string {
	return fmt.Sprintf(`import("/comet/pomona.js").then(({ Pomona }) => {
		window.heard = [];
		const headers = { "X-CSRFToken": /csrftoken=(\w+)/.exec(document.cookie)[1] };
		const pomona = new Pomona({ connectUrl: "/connect/{id}", headers });
		for (const path of %q.split(" ")) pomona.connect(path, (message) => heard.push(path + " " + message), () => heard.push(path + " "));
		return true;
	})`, strings.Join(paths, " "))
}

func loginToDjango(t *testing.T, browser context.Context, site, name, password string) (window context.Context) {
	t.Helper()
	window = chromium.Open(t, browser, site)
	chromium.Type(t, window, "[name=username]", name)
	chromium.Type(t, window, "[name=password]", password+"\r")
	waitForStatus(t, window, "Live")
	return window
}

// startTutorial runs all steps until the test ends, and returns the address of the
// page. The ports are others than those of README.md, which may be taken.
func startTutorial(t *testing.T) (site string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	page, firenze, dudley := freePort(t), freePort(t), freePort(t)
	steps := append(tutorial(t)[:1:1], step{"todos/settings.py", fmt.Sprintf("# at the end\nROOTS_URL = 'http://127.0.0.1:%s/'\n", dudley)})
	steps = append(steps, tutorial(t)[1:]...)
	typed := strings.NewReplacer("8000", page, "8008", firenze).Replace(script(steps))

	shell := exec.Command("sh", "-e", "-c", typed)
	shell.Dir = t.TempDir()
	shell.Env = append(os.Environ(), "ROOTS="+root, "PATH="+pathWithDjango(t)+":"+os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1",
		"ROOTS_FIRENZE=127.0.0.1:"+firenze, "ROOTS_DUDLEY=127.0.0.1:"+dudley, "ROOTS_IMPERIO=")
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to end all that it starts
	var out bytes.Buffer
	shell.Stdout, shell.Stderr = &out, &out
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL)
		_ = shell.Wait()
		if t.Failed() {
			t.Logf("what was typed in said:\n%s", &out)
		}
	})
	site = "http://127.0.0.1:" + page + "/"
	waitUntilServed(t, site)
	waitUntilServed(t, "http://127.0.0.1:"+firenze+"/comet/pomona.js")
	return site
}

func waitUntilServed(t *testing.T, url string) {
	t.Helper()
	var err error
	for end := time.Now().Add(chromium.Patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) { // another process
		var answer *http.Response
		if answer, err = http.Get(url); err == nil {
			answer.Body.Close()
			return
		}
	}
	t.Fatal(err)
}

func freePort(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(testenv.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// pathWithDjango returns a folder with a python3 that has Django: often that of the
// system has it, while another comes first.
func pathWithDjango(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		python, err := exec.LookPath(name)
		if err != nil || exec.Command(python, "-c", "import django.core").Run() != nil {
			continue
		}
		folder := t.TempDir()
		if err := os.Symlink(python, filepath.Join(folder, "python3")); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	testenv.Missing(t, "a python3 with Django", "python3-django")
	return ""
}
