package widgets

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/chromium"
)

// guided is a file that the guide has its reader write: its name is the last of
// the paragraph before.
var guided = regexp.MustCompile("(?s)[Tt]his(?: is)? `([^`\n]+)`:\n\n```\\w+\n(.*?)```\n")

// follow writes the files of the guide into a folder, as if that were the
// repository.
func follow(t *testing.T, repository string) (files map[string]string) {
	t.Helper()
	guide, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, found := range guided.FindAllStringSubmatch(string(guide), -1) {
		files[found[1]] = found[2]
		write(t, filepath.Join(repository, filepath.FromSlash(found[1])), found[2])
	}
	if len(files) != 6 {
		t.Fatalf("the guide has %d files", len(files))
	}
	return files
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// overlay tells the go command that the widget's files stand in this repository,
// and returns the file that says so.
func overlay(t *testing.T, repository string, files map[string]string) string {
	t.Helper()
	here, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for name := range files {
		if strings.HasPrefix(name, "examples/") {
			replace[filepath.Join(here, name)] = filepath.Join(repository, name)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(repository, "overlay.json")
	write(t, name, string(text))
	return name
}

// command runs the go command in this repository.
func command(t *testing.T, arguments ...string) {
	t.Helper()
	command := exec.Command("go", arguments...)
	command.Dir = "../../.."
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %s", strings.Join(arguments, " "), out)
	}
}

// serve runs the program with the guide's scripts until the test ends, and
// returns its address.
func serve(t *testing.T, program, scripts string) (site string) {
	t.Helper()
	server := exec.Command(program, "--scripts", scripts, "--listen", "127.0.0.1:0")
	server.Stderr = t.Output()
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Wait() })
	t.Cleanup(func() { server.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`http://[\w.:]+`).FindString(line)
}

// ask returns the status and the body of an answer; fields make it a post.
func ask(t *testing.T, address string, fields url.Values) (int, string) {
	t.Helper()
	method, body := http.MethodGet, ""
	if fields != nil {
		method, body = http.MethodPost, fields.Encode()
	}
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if fields != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// TestGuide does what README.md says, and sees the new widget work.
func TestGuide(t *testing.T) {
	t.Parallel()
	repository := t.TempDir()
	files := follow(t, repository)
	over := overlay(t, repository, files)
	program := filepath.Join(repository, "ritual")
	command(t, "build", "-overlay", over, "-o", program, "./examples/ritual")
	command(t, "test", "-overlay", over, "-run", "^TestApplause$", "./examples/ritual/widgets")
	background, err := os.ReadFile("../scripts/short/night.jpg")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(repository, "my-scripts/evening/night.jpg"), string(background))

	site := serve(t, program, filepath.Join(repository, "my-scripts"))
	if status, text := ask(t, site+"/mkRitual", url.Values{"name": {"guide"}, "script": {"evening"}, "page": {"1"}}); status != http.StatusFound {
		t.Fatalf("the ritual does not begin: %d %s", status, text)
	}
	t.Run("over HTTP", func(t *testing.T) { clapOverHTTP(t, site, files) })
	t.Run("in a browser", func(t *testing.T) { clapInBrowser(t, site) })
}

// clapOverHTTP does by hand what a browser does.
func clapOverHTTP(t *testing.T, site string, files map[string]string) {
	if _, text := ask(t, site+"/widgets/Applause.js", nil); text != files["examples/ritual/widgets/Applause.js"] {
		t.Errorf("browsers get this for JavaScript: %s", text)
	}
	_, page := ask(t, site+"/guide/partake", nil)
	client := regexp.MustCompile(`"([\w-]{43})"`).FindStringSubmatch(page)[1]
	told := func() map[string]any {
		var fields map[string]any
		_, text := ask(t, site+"/guide/status?have=0&subhave=null&clientId="+client, nil)
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return fields
	}
	if first := told(); first["widget"] != "Applause" || first["boxColor"] != "#aa5500" || first["claps"] != 0.0 {
		t.Errorf("the first status is %v", first)
	}
	if status, text := ask(t, site+"/guide/widgetData", url.Values{"hands": {"1"}}); status != http.StatusBadRequest || !strings.Contains(text, "it takes two hands to clap") {
		t.Errorf("one hand: %d %s", status, text)
	}
	if status, text := ask(t, site+"/guide/widgetData", url.Values{"hands": {"2"}}); status != http.StatusNoContent {
		t.Errorf("two hands: %d %s", status, text)
	}
	if claps := told()["claps"]; claps != 1.0 {
		t.Errorf("after a clap it tells of %v", claps)
	}
}

// clapInBrowser has one window clap, and the other see it.
func clapInBrowser(t *testing.T, site string) {
	browser := chromium.Start(t)
	ann, bob := chromium.Open(t, browser, site+"/guide/partake"), chromium.Open(t, browser, site+"/guide/partake")
	const button = `[...document.querySelectorAll("button")].find((one) => one.textContent.startsWith("Clap"))`
	chromium.WaitFor(t, ann, button)
	chromium.WaitFor(t, bob, button+`.textContent === "Clap (1 so far)"`)
	chromium.Eval[bool](t, ann, button+`.click() === undefined`)
	chromium.WaitFor(t, bob, button+`.textContent === "Clap (2 so far)"`)
}
