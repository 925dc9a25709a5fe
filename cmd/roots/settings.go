package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// helpAsked is the error of a command that is asked for help. It tells the flags
// of the command, and what comes with them.
type helpAsked struct {
	flags *flag.FlagSet
	args  string
}

func (helpAsked) Error() string { return flag.ErrHelp.Error() }

// parse reads the flags of a command, and returns the words beside them, which
// must be those that want names: "ID PATH", or "FILE..." for at least one. What
// is not given comes from the environment, and what is not there either from the
// file that the flag "config" names. The error is a misuse, or helpAsked.
func (p program) parse(flags *flag.FlagSet, args []string, want string) ([]string, error) {
	flags.SetOutput(io.Discard) // an error is told by whoever gets it, without the help around it
	words, err := splitWords(flags, args)
	if errors.Is(err, flag.ErrHelp) {
		return nil, helpAsked{flags, want}
	}
	if err != nil {
		return nil, misuse{fmt.Errorf("%w; see %s --help", err, strings.TrimSpace("roots "+flags.Name()))}
	}
	if err := cmp.Or(p.settle(flags), checkWords(flags, words, want)); err != nil {
		return nil, misuse{err}
	}
	return words, nil
}

// splitWords sets the flags, which may stand between the words and after them. What
// follows "--" are words.
func splitWords(flags *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		rest := flags.Args()
		end := len(args) - len(rest)
		if len(rest) == 0 || end > 0 && args[end-1] == "--" {
			return append(words, rest...), nil
		}
		words, args = append(words, rest[0]), rest[1:]
	}
}

// checkWords says what is wrong if there are not as many words as wanted.
func checkWords(flags *flag.FlagSet, words []string, want string) error {
	least := len(strings.Fields(want))
	if len(words) < least || len(words) > least && !strings.HasSuffix(want, "...") {
		return fmt.Errorf("it must be: %s", synopsis(flags, want))
	}
	return nil
}

// settle sets the flags that were not given.
func (p program) settle(flags *flag.FlagSet) error {
	if err := fromEnvironment(flags, p.env); err != nil {
		return err
	}
	file := flags.Lookup("config")
	if file == nil || file.Value.String() == "" {
		return nil
	}
	return fromFile(flags, file.Value.String())
}

// fromEnvironment sets the flags that were not given from variables.
func fromEnvironment(flags *flag.FlagSet, env func(string) (string, bool)) error {
	var err error
	given := givenFlags(flags)
	flags.VisitAll(func(f *flag.Flag) {
		value, there := env(variable(f.Name))
		if given[f.Name] || !there || err != nil {
			return
		}
		if e := setFlag(flags, f, value); e != nil {
			err = fmt.Errorf("%s is %q: %w", variable(f.Name), value, e)
		}
	})
	return err
}

// variable is the name of a flag in the environment.
func variable(flag string) string {
	return "ROOTS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromFile sets the flags that are not set yet from the lines of a file. A flag
// that may be repeated may have several lines.
func fromFile(flags *flag.FlagSet, name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	given, number := givenFlags(flags), 0
	for line := range strings.Lines(string(text)) {
		number++
		if err := fromLine(flags, given, strings.TrimSpace(line)); err != nil {
			return fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
	return nil
}

func fromLine(flags *flag.FlagSet, given map[string]bool, line string) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	name, value, ok := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	f := flags.Lookup(name)
	switch {
	case !ok:
		name, _, _ = strings.Cut(name, " ") // the rest may be a secret
		return fmt.Errorf("there is no \"=\" behind %.80q, a setting is written \"name = value\", as in \"hold = 30s\"", name)
	case f == nil || name == "config":
		return fmt.Errorf("%.80q is no setting, which are %s", name, strings.Join(settingNames(flags), ", "))
	case strings.Contains(value, " #"):
		return fmt.Errorf("%s has a comment behind it, which must stand on a line of its own", name)
	case given[name]:
		return nil
	}
	if err := setFlag(flags, f, value); err != nil {
		return fmt.Errorf("%s is %q: %w", name, value, err)
	}
	return nil
}

// settingNames are the names that a file may set.
func settingNames(flags *flag.FlagSet) (names []string) {
	flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return slices.DeleteFunc(names, func(name string) bool { return name == "config" })
}

func givenFlags(flags *flag.FlagSet) map[string]bool {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	return given
}

// setFlag sets a flag, and says what would be right where package flag does not.
func setFlag(flags *flag.FlagSet, f *flag.Flag, value string) error {
	err := flags.Set(f.Name, value)
	if err != nil && isSwitch(f) {
		return errors.New("it must be true or false")
	}
	return err
}

// isSwitch says that a flag needs no value.
func isSwitch(f *flag.Flag) bool {
	s, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && s.IsBoolFlag()
}
