package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/testenv"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // Dudley logs what he is to refuse
	os.Exit(m.Run())
}

// connectors are how the harness of each is started, and what it needs.
var connectors = []struct {
	name, program, debian string
	args                  []string
}{
	{"python", "python3", "python3", []string{"-X", "dev", "harness/python.py"}},
	{"python async", "python3", "python3", []string{"-X", "dev", "harness/python_async.py"}},
	{"node", "node", "nodejs", []string{"harness/node.mjs"}},
	{"ruby", "ruby", "ruby", []string{"-w", "harness/ruby.rb"}},
	{"php", "php", "php-cli", []string{"harness/php.php"}},
}

// TestConnectors drives each connector in its own interpreter.
func TestConnectors(t *testing.T) {
	t.Setenv("PYTHONPATH", "../python")
	t.Setenv("PYTHONDONTWRITEBYTECODE", "1")
	for _, c := range connectors {
		t.Run(c.name, func(t *testing.T) {
			testenv.Need(t, c.program, c.debian)
			keepsAll(t, command(append([]string{c.program}, c.args...)))
		})
	}
	t.Run("go", func(t *testing.T) {
		program := filepath.Join(t.TempDir(), "harness")
		if out, err := exec.Command("go", "build", "-o", program, "./harness/cornelius").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		keepsAll(t, command([]string{program}))
	})
}

func keepsAll(t *testing.T, start starter) {
	t.Helper()
	for i, fault := range tryAll(start, 4) {
		if fault != nil {
			t.Errorf("%s: %v", rules[i].name, fault)
		}
	}
}

// tryAll tries all rules, some of them at once: their time is mostly waiting.
func tryAll(start starter, atOnce int) []error {
	faults := make([]error, len(rules))
	each(len(rules), atOnce, func(i int) { faults[i], _ = rules[i].try(start) })
	return faults
}

// each calls do with 0 to n-1, some of them at once.
func each(n, atOnce int, do func(int)) {
	var doing sync.WaitGroup
	turn := make(chan struct{}, atOnce)
	for i := range n {
		turn <- struct{}{}
		doing.Go(func() { do(i); <-turn })
	}
	doing.Wait()
}

// TestBroken: a connector that breaks one rule fails in that rule and no other,
// and one that breaks none fails in none.
func TestBroken(t *testing.T) {
	if testenv.Race() {
		t.Skip("two thousand trials that time out take too long")
	}
	names := []string{""}
	for _, r := range rules {
		names = append(names, r.name)
	}
	each(len(names), 6, func(n int) {
		var broken []string
		for i, fault := range tryAll(models(names[n]), len(rules)) {
			if fault != nil {
				broken = append(broken, rules[i].name)
			}
		}
		if strings.Join(broken, " ") != names[n] {
			t.Errorf("breaking %q fails %q", names[n], broken)
		}
	})
}

// TestRulesAreTold: the package's comment tells just the rules that are tried.
func TestRulesAreTold(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var told, tried []string
	for _, line := range regexp.MustCompile(`(?m)^//\t([a-z0-9-]+) {2,}\S`).FindAllSubmatch(source, -1) {
		told = append(told, string(line[1]))
	}
	for _, r := range rules {
		tried = append(tried, r.name)
	}
	if diff := cmp.Diff(tried, told); diff != "" {
		t.Errorf("rules (-tried +told):\n%s", diff)
	}
}

// TestReadme: the harness that the README shows is the one that is run.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	harness, err := os.ReadFile("harness/python.py")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(harness), "\n\n")
	if !strings.Contains(string(readme), "```python\n"+code+"```") {
		t.Error("the README shows another harness for Python")
	}
}

// TestBadHarness: a harness that does not keep to the protocol is told of, not
// waited for.
func TestBadHarness(t *testing.T) {
	testenv.Need(t, "sh", "dash")
	for script, want := range map[string]string{
		"exit 3":                                 "exit status 3",
		"echo oops >&2; exit 1":                  "oops",
		"read line; echo hello":                  `"hello\n", which is no answer`,
		"read line; exit 0":                      "the harness gives no line",
		"while read x; do echo {}; done; exit 4": "exit status 4",
	} {
		fault, _ := rules[0].try(command([]string{"sh", "-c", script}))
		if fault == nil || !strings.Contains(fault.Error(), want) {
			t.Errorf("the harness %q gives %v, want %q in it", script, fault, want)
		}
	}
	if fault, _ := rules[0].try(command([]string{"/no/such/program"})); fault == nil || !strings.Contains(fault.Error(), "does not start") {
		t.Errorf("a program that is not there gives %v", fault)
	}
}

func TestReport(t *testing.T) {
	if report(io.Discard, models("host"), "host") || report(io.Discard, models(""), "no-such-rule") {
		t.Error("a failure, or nothing tried, was reported as success")
	}
}

func Example() {
	ok := report(os.Stdout, models("token"), "token")
	fmt.Println(ok)
	// Output:
	// FAIL  token          Authorization is ["Token se-cr.et~+/="], want ["Bearer se-cr.et~+/="]
	// 0 passed, 1 failed
	// false
}
