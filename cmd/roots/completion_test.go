package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
)

// script writes the completion for a shell to a file with this name.
func script(t *testing.T, shell, name string) string {
	t.Helper()
	out, err := command(t, "completion", shell).Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// completedLines are what is typed, and what there must be among what a shell
// offers, and must not.
var completedLines = []struct{ typed, with, without string }{
	{"roots ", "replay tail update connect completion man", "--log bash"},
	{"roots t", "tail", "update"},
	{"roots man", "man", "tail"},
	{"roots --re", "--record --record-size --record-keep", "replay --log"},
	{"roots --log json --t", "--token --two-way --tls-cert", "tail"},
	{"roots tail --", "--json --url --token", "--log --speed"},
	{"roots replay recording --s", "--speed", "--json"},
	{"roots completion ", "bash zsh fish", "replay"},
	{"roots completion z", "zsh", "bash"},
}

func wantOffers(t *testing.T, typed, with, without, offers string) {
	t.Helper()
	offered := map[string]bool{}
	for _, word := range strings.Fields(offers) {
		offered[word] = true
	}
	for _, word := range strings.Fields(with) {
		if !offered[word] {
			t.Errorf("%q is not completed by %s, only by %s", typed, word, offers)
		}
	}
	for _, word := range strings.Fields(without) {
		if offered[word] {
			t.Errorf("%q is completed by %s", typed, word)
		}
	}
}

func TestBash(t *testing.T) {
	bash := testenv.Need(t, "bash", "bash")
	path := script(t, "bash", "roots.bash")
	for _, line := range completedLines {
		words := strings.Split(line.typed, " ")
		ask := `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _roots; echo "${COMPREPLY[@]}"; complete -p roots`
		out, err := exec.Command(bash, append([]string{"--norc", "-uec", ask, path}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		offers, rule, _ := strings.Cut(string(out), "\n")
		wantOffers(t, line.typed, line.with, line.without, offers)
		if rule != "complete -o default -F _roots roots\n" {
			t.Errorf("bash was told %q", rule)
		}
	}
}

// TestZsh replaces what shows the offers, as a terminal would be needed for that.
func TestZsh(t *testing.T) {
	zsh := testenv.Need(t, "zsh", "zsh")
	path := script(t, "zsh", "_roots")
	const stand = `compdef() { print compdef $*; }; compadd() { shift; print -r -- ${(M)@:#$PREFIX*}; }; _files() { :; }; `
	for _, line := range completedLines {
		words := strings.Split(line.typed, " ")
		ask := stand + `fpath=(${0:h}); autoload -U _roots; words=("$@"); CURRENT=$#; PREFIX=$words[-1]; _roots`
		out, err := exec.Command(zsh, append([]string{"-f", "-uec", ask, path}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		wantOffers(t, line.typed, line.with, line.without, string(out))
	}
	out, err := exec.Command(zsh, "-f", "-uec", stand+`. "$0"`, path).CombinedOutput()
	if err != nil || string(out) != "compdef _roots roots\n" {
		t.Errorf("sourced, it says %s, %v", out, err)
	}
}

func TestFish(t *testing.T) {
	fish := testenv.Need(t, "fish", "fish")
	path := script(t, "fish", "roots.fish")
	for _, line := range completedLines {
		out, err := exec.Command(fish, "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, path, line.typed).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		offers := regexp.MustCompile(`(?m)\t.*`).ReplaceAllString(string(out), "") // what each is
		wantOffers(t, line.typed, line.with, line.without, offers)
	}
}
