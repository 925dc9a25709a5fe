package house

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
)

// TestReadmeProgram takes the program out of the README, builds it, runs it, and
// hears what it pushes.
func TestReadmeProgram(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("(?s)```go\n(package main.*?)```").FindSubmatch(readme)
	if code == nil {
		t.Fatal("the README has no program")
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	address := testenv.FreeAddress(t)
	text := strings.Replace(string(code[1]), "127.0.0.1:8080", address, 1)
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", program, source)
	build.Dir = "../.." // so that the module is this one
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the program does not build: %s", out)
	}
	run := exec.Command(program)
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	defer run.Wait()
	defer run.Process.Kill()

	server := "http://" + address
	token := reconnectWith(t, get(t, server+"/comet/"))
	id, _, _ := strings.Cut(token, "/")
	resp, err := http.Post(server+"/connect/"+id, "application/json", strings.NewReader(`["clock"]`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for range 5 { // the first may bring no more than the empty message
		answer := get(t, server+"/comet/"+token)
		if strings.Contains(answer, `{"path":"clock","message":"`+time.Now().Format("2006")) {
			return
		}
		token = reconnectWith(t, answer)
	}
	t.Error("the clock was not heard")
}

// get asks until the program listens.
func get(t *testing.T, url string) string {
	t.Helper()
	var line string
	testenv.Eventually(t, "the program listens", func() bool { // it is another process, and says nothing when it is ready
		resp, err := http.Get(url)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		line, _ = bufio.NewReader(resp.Body).ReadString('\n')
		return true
	})
	return line
}

func reconnectWith(t *testing.T, answer string) string {
	t.Helper()
	found := regexp.MustCompile(`"reconnectWith":"([^"]+)"`).FindStringSubmatch(answer)
	if found == nil {
		t.Fatalf("no session in %q", answer)
	}
	return found[1]
}
