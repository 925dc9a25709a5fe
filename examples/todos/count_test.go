package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestCount: README.md says how many lines push adds, and this is true. Blank
// lines and comments are not counted. Those outside of push.go and of the parts
// of page.js that are push's own are marked with "// push".
func TestCount(t *testing.T) {
	whole := code(read(t, "push.go"))
	marked := 0
	for _, name := range []string{"main.go", "app.go", "login.go", "lists.go", "tasks.go"} {
		marked += strings.Count(read(t, name), " // push")
	}
	page, push, ok := strings.Cut(read(t, "page/page.js"), "// ---- Push\n")
	_, status, ok2 := strings.Cut(page, "// ---- Status")
	if !ok || !ok2 {
		t.Fatal("page.js has no parts for push and status")
	}
	for _, want := range []string{
		fmt.Sprintf("| `push.go` | %d lines |", whole),
		fmt.Sprintf("| the other Go files | %d lines |", marked),
		fmt.Sprintf("| `page.js`, push | %d lines |", code(push)+strings.Count(page, " // push\n")),
		fmt.Sprintf("| `page.js`, status | %d lines |", code(status)-1), // the rest of the title
	} {
		if !strings.Contains(read(t, "README.md"), want) {
			t.Errorf("README.md should say %q", want)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// code counts the lines that are neither blank nor a comment.
func code(text string) (n int) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}
