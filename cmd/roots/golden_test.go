package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/testenv"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

const goldenFile = "testdata/commands.txt"

// A saying is what the program is told, and must say to that.
type saying struct {
	args  []string
	env   string // "NAME=value"
	stdin string
}

// TestGolden holds all that the commands say where no server is needed.
func TestGolden(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const line = "2009-11-10T23:00:00.000000000Z "
	recording := write("recording", line+"::register; dolores-A-1\n"+line+"::connect; dolores-A-1->a;b\n"+
		line+`::match; dolores-A-1->shop/*`+"\n"+line+`a\;b; one\ntwo`+"\n"+line+"shop/tea; <b>\n"+
		line+"::match; dolores-B-2->**\n"+line+"::disconnect; dolores-A-1->a;b\n"+line+"::gone; dolores-A-1\n"+line+"shop/tea; nobody\n")
	cut := write("cut", line+"a; 1\n"+line+"a; 2")
	nobody := "http://" + testenv.FreeAddress(t)

	var sayings []saying
	say := func(args ...string) { sayings = append(sayings, saying{args: args}) }
	say("--help")
	for _, c := range commands() {
		say(c.name, "--help")
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		say("completion", shell)
	}
	say("man")
	say("dance")
	say("--log", "loud")
	say("--log", "json", "serve")
	say("--two-way=perhaps")
	say("--record-size", "0MB")
	say("--record-size", "99999999999GB")
	say("--record-keep", "-1")
	say("--tls-cert", "cert.pem")
	say("--tls-cert", dir+"/none", "--tls-key", dir+"/none")
	say("--record", dir+"/none/recording")
	say("--nats", "embedded")
	say("--name", "a", "--nats", "localhost")
	say("--name", "a", "--nats", "nats://localhost:4222", "--nats-listen", "127.0.0.1:0")
	say("--name", "a", "--nats", "embedded", "--nats-listen", "0.0.0.0:0")
	say("--name", "a", "--nats", "embedded", "--nats-creds", dir+"/none")
	say("--name", "a", "--nats", "embedded", "--nats-cert", dir+"/none")
	say("--nats-token", "sesame")
	say("--firenze", "unix:@nobody-guards-this")
	say("--imperio", "unix:"+recording)
	say("--config", dir+"/none")
	for i, text := range []string{"# comment\n\nhold 10s\n", "hold = soon\n", "two-way = perhaps\n", "nonsense = 1\n", "hold = 10s # seconds\n", "config = other\n"} {
		say("--config", write(fmt.Sprint("conf", i), text))
	}
	sayings = append(sayings, saying{env: "ROOTS_TWO_WAY=perhaps"})
	say("completion", "tcsh")
	say("man", "more")
	say("update", "a")
	say("update", "", "text")
	say("update", "a", "-1")
	say("update", "a", "--url", "nonsense", "--", "-1")
	say("update", "a", "text", "--url", nobody)
	sayings = append(sayings, saying{args: []string{"update", "a", "-"}, stdin: strings.Repeat("x", 64<<10+1)})
	say("connect", "id", "::connect")
	say("connect", "id->", "a")
	say("tail", "a/**/b")
	say("tail", "a", "--url", "::")
	say("tail", "a", "--url", "unix:"+dir+"/none")
	say("replay")
	say("replay", recording)
	say("replay", recording, "--json")
	say("replay", recording, "--paths", "shop/*")
	say("replay", "--speed", "-1", recording)
	say("replay", "--paths", "a/**/b", recording)
	say("replay", recording, dir+"/none")
	say("replay", cut)
	say("replay", cut, recording)
	say("replay", "--to", nobody, recording)
	sayings = append(sayings, saying{args: []string{"replay", "-"}, stdin: line + "::register; me\n" + line + "::connect; me->a\nnonsense\n"})

	var got bytes.Buffer
	replace := strings.NewReplacer(dir, "DIR", nobody, "http://127.0.0.1:PORT", strings.TrimPrefix(nobody, "http://"), "127.0.0.1:PORT")
	for _, s := range sayings {
		got.WriteString(replace.Replace(s.said(t)))
	}
	if *rewrite {
		if err := os.WriteFile(goldenFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("%s differs, -update writes it anew (- want, + got):\n%s", goldenFile, diff)
	}
}

// said is a saying as the golden file has it: with "! " before the lines of
// standard error.
func (s saying) said(t *testing.T) string {
	t.Helper()
	c := command(t, s.args...)
	c.Env = append(c.Env, s.env)
	c.Stdin = strings.NewReader(s.stdin)
	var out, errors strings.Builder
	c.Stdout, c.Stderr = &out, &errors
	_ = c.Run() // the status tells it
	words := append([]string{s.env, "roots"}, s.args...)
	text := "$ " + strings.TrimSpace(strings.Join(words, " ")) + "\n" + out.String()
	for line := range strings.Lines(errors.String()) {
		text += "! " + line
	}
	return text + fmt.Sprintf("= %d\n\n", c.ProcessState.ExitCode())
}
