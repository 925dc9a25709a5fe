package browser_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// A script is what is done to a Pig, step by step: "on" with a path or pattern,
// "off" with the number of an earlier "on", or "update" with a path, whose
// message is the number of the step.
type script [][2]any

// segments of paths and patterns. Few, so that they meet often.
var segments = []string{"a", "a", "b", "b", "", "*", "*", "**", "a*", "::", "::a", "ä", "🦉", "__proto__", "constructor", " ", "\u007f", "\u0085", "\n"}

func randomPath(random *rand.Rand) string {
	count := 1 + random.IntN(4)
	if random.IntN(100) == 0 {
		count = pig.MaxSegments - 1 + random.IntN(3)
	}
	var path []string
	for range count {
		path = append(path, segments[random.IntN(6+random.IntN(len(segments)-5))])
	}
	if random.IntN(200) == 0 {
		path = append(path, strings.Repeat("ä", thestral.MaxPath/2-2+random.IntN(5)))
	}
	return strings.Join(path, "/")
}

func randomScript(random *rand.Rand) script {
	var s script
	ons := 0
	for range 2 + random.IntN(14) {
		switch kind := random.IntN(5); {
		case ons > 0 && kind == 0:
			s = append(s, [2]any{"off", random.IntN(ons)})
		case kind < 3:
			s = append(s, [2]any{"on", randomPath(random)})
			ons++
		default:
			s = append(s, [2]any{"update", randomPath(random)})
		}
	}
	return s
}

// run returns what each receiver heard, as test/twin.mjs does.
func (s script) run() string {
	p := pig.New(nil, pig.Options{})
	var heard []*strings.Builder
	var offs []func()
	for step, do := range s {
		switch do[0] {
		case "off":
			offs[do[1].(int)]()
		case "update":
			p.Update(nil, do[1].(string), fmt.Sprint(step))
		default:
			h := new(strings.Builder)
			heard, offs = append(heard, h), append(offs, listen(p, do[1].(string), h))
		}
	}
	var all []string
	for _, h := range heard {
		all = append(all, h.String())
	}
	return strings.Join(all, "|")
}

func listen(p *pig.Pig, path string, heard *strings.Builder) (off func()) {
	defer func() {
		if recover() != nil {
			heard.WriteString("x")
			off = func() {}
		}
	}()
	return p.On(path, (*ear)(heard))
}

// An ear writes down what it hears.
type ear strings.Builder

func (e *ear) Update(_ thestral.Thestral, path, message string) {
	(*strings.Builder)(e).WriteString(message + " " + path + " ")
}

// Next is empty, and makes it one that Pig calls at once.
func (*ear) Next() []thestral.Thestral { return nil }

// difference runs so many scripts on both Pigs, and returns what is wrong with
// the first on which they differ.
func difference(t *testing.T, module string, scripts int) string {
	t.Helper()
	const together = 500
	command := exec.CommandContext(t.Context(), testenv.Need(t, "node", "nodejs"), "test/twin.mjs", module)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	must(t, err)
	out, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	defer func() {
		_ = in.Close() // so it ends
		_, _ = io.Copy(io.Discard, out)
		must(t, command.Wait())
	}()
	random, answers := rand.New(rand.NewPCG(1, 2)), bufio.NewReader(out)
	for done := 0; done < scripts; done += together {
		batch := make([]script, together)
		for i := range batch {
			batch[i] = randomScript(random)
		}
		line, err := json.Marshal(batch)
		must(t, err)
		_, err = in.Write(append(line, '\n'))
		must(t, err)
		want := make([]string, together)
		for i, s := range batch {
			want[i] = s.run()
		}
		var got []string
		answer, err := answers.ReadBytes('\n')
		must(t, err)
		must(t, json.Unmarshal(answer, &got))
		for i := range want {
			if want[i] != got[i] {
				return fmt.Sprintf("script %q:\nin Go         %q\nin JavaScript %q", batch[i], want[i], got[i])
			}
		}
	}
	return ""
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	must(t, err)
	return "file://" + path
}

// TestTwins: the Pig of Go and the Pig of JavaScript do the same.
func TestTwins(t *testing.T) {
	scripts := 10_000
	if testenv.Full() {
		scripts = 1_000_000
	}
	if wrong := difference(t, absolute(t, "pomona.js"), scripts); wrong != "" {
		t.Error(wrong)
	}
}

// TestTwinsThatDiffer: a Pig that is broken is found.
func TestTwinsThatDiffer(t *testing.T) {
	for i, mutant := range [][2]string{
		{`path.length >= pattern.length`, `path.length > pattern.length`},
		{`path.length >= pattern.length`, `path.length >= pattern.length - 1`},
		{`path.length === pattern.length`, `path.length >= pattern.length`},
		{`if (isControl(path)) return;`, ``},
		{`segment === "*" || segment === "**" ||`, `(segment === "*" && path[i] !== "") || segment === "**" ||`},
		{`if (places.delete(place) && places.size === 0) table.delete(pathOrPattern);`, `table.delete(pathOrPattern);`},
		{`place.taken = false;`, `return;`},
		{`bytes > MAX_PATH`, `bytes >= MAX_PATH`},
		{`bytesOf(path);`, `path.length;`},
		{`const MAX_SEGMENTS = 32`, `const MAX_SEGMENTS = 31`},
		{`segments.slice(0, -1).includes("**")`, `false`},
		{`\p{Cc}\p{Cs}`, `\x00-\x1f`},
	} {
		t.Run(fmt.Sprint(1+i), func(t *testing.T) {
			text := read(t, "pomona.js")
			if strings.Count(text, mutant[0]) != 1 {
				t.Fatalf("%q is not once in pomona.js", mutant[0])
			}
			broken := filepath.Join(t.TempDir(), "pomona.mjs")
			must(t, os.WriteFile(broken, []byte(strings.Replace(text, mutant[0], mutant[1], 1)), 0o600))
			if difference(t, absolute(t, broken), 10_000) == "" {
				t.Errorf("with %q in place of %q nobody noticed", mutant[1], mutant[0])
			}
		})
	}
}
