package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// cases writes the branches of a case over the first word.
func cases(out io.Writer, branch string) {
	for _, c := range completions() {
		fmt.Fprintf(out, branch, c.name, strings.Join(c.options(), " "), strings.Join(c.words, " "))
	}
}

// completeBash leaves it to bash to name files where there is nothing else to say.
func completeBash(out io.Writer) {
	fmt.Fprint(out, `# Completes the commands and flags of roots in bash.
_roots() {
	local command= flags words word=${COMP_WORDS[COMP_CWORD]}
	if ((COMP_CWORD > 1)); then
		command=${COMP_WORDS[1]}
	fi
	case $command in
`)
	cases(out, "\t%s) flags='%s' words='%s' ;;\n")
	fmt.Fprint(out, `	esac
	if [[ $word == -* ]]; then
		words=$flags
	fi
	COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _roots roots
`)
}

// completeZsh works as a file of $fpath, which is run when it is needed first, and
// also if it is sourced.
func completeZsh(out io.Writer) {
	fmt.Fprint(out, `#compdef roots
# Completes the commands and flags of roots in zsh.
_roots() {
	local command=
	local -a flags choices
	if ((CURRENT > 2)); then
		command=$words[2]
	fi
	case $command in
`)
	cases(out, "\t%s) flags=(%s) choices=(%s) ;;\n")
	fmt.Fprint(out, `	esac
	if [[ $PREFIX == -* ]]; then
		compadd -- $flags
	elif (($#choices)); then
		compadd -- $choices
	else
		_files
	fi
}
if [[ ${funcstack[1]-} == _roots ]]; then
	_roots
else
	compdef _roots roots
fi
`)
}

// completeFish says what each flag is, which fish shows beside it.
func completeFish(out io.Writer) {
	fmt.Fprintln(out, "# Completes the commands and flags of roots in fish.")
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
		fmt.Fprintf(out, "complete -c roots -n __fish_use_subcommand -a %s -d %s\n", c.name, quoteFish(c.summary))
	}
	for _, c := range completions() {
		when := "__fish_seen_subcommand_from " + c.name
		switch c.name {
		case "''":
			continue // said above
		case "*":
			when = "not __fish_seen_subcommand_from " + strings.Join(names, " ")
		}
		if len(c.words) > 0 {
			fmt.Fprintf(out, "complete -c roots -n %s -f -a %s\n", quoteFish(when), quoteFish(strings.Join(c.words, " ")))
		}
		c.flags.VisitAll(func(f *flag.Flag) { fishFlag(out, quoteFish(when), f) })
	}
}

func fishFlag(out io.Writer, when string, f *flag.Flag) {
	_, text := flag.UnquoteUsage(f)
	needs := " -r"
	if isSwitch(f) {
		needs = ""
	}
	fmt.Fprintf(out, "complete -c roots -n %s -l %s%s -d %s\n", when, f.Name, needs, quoteFish(text))
}

func quoteFish(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
