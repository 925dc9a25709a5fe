package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

const completionAbout = `bash: . <(roots completion bash) in ~/.bashrc.
zsh: roots completion zsh > _roots, in a folder of $fpath.
fish: roots completion fish > ~/.config/fish/completions/roots.fish.`

// A completed is what may follow the words that are there already: flags, and the
// only words that make sense. Where there are none of these, there may be files.
type completed struct {
	name  string // of a command, or as a pattern of a shell what else may stand in its place
	flags *flag.FlagSet
	words []string
}

// completion prints what completes commands and flags in a shell.
func completion(_ context.Context, p program, args []string) error {
	const shells = "bash|zsh|fish"
	words, err := p.parse(flag.NewFlagSet("completion", flag.ContinueOnError), args, shells)
	if err != nil {
		return err
	}
	write := map[string]func(io.Writer){"bash": completeBash, "zsh": completeZsh, "fish": completeFish}[words[0]]
	if write == nil {
		return misuse{fmt.Errorf("there is no completion for %q, but for %s", words[0], strings.ReplaceAll(shells, "|", ", "))}
	}
	write(p.stdout)
	return nil
}

// completions are what may follow each command, nothing, and the flags of the
// server, in this order.
func completions() (all []completed) {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
		all = append(all, completed{c.name, c.flags(), choices(c.args)})
	}
	server := new(config).newFlags()
	return append(all, completed{"''", server, names}, completed{"*", server, nil})
}

// choices are the words that stand for args, if these name them.
func choices(args string) []string {
	if !strings.Contains(args, "|") {
		return nil
	}
	return strings.Split(args, "|")
}

// options are the flags as they are written.
func (c completed) options() (options []string) {
	c.flags.VisitAll(func(f *flag.Flag) { options = append(options, "--"+f.Name) })
	return append(options, "--help")
}
