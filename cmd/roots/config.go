package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
)

// config is what flags and environment say.
type config struct {
	firenze, dudley, imperio, imperioHTTP string // addresses; empty is off

	token   string
	name    string
	origins origins
	hold    duration
	delay   duration
	twoWay  bool
	log     logKind
}

// configure reads the flags, and for those that are not given the environment.
// Help is written to usage if it is asked for, and the error is [flag.ErrHelp].
func configure(args []string, env func(string) (string, bool), usage io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("roots", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is told by whoever gets it, without the help around it
	flags.Usage = func() {}
	flags.StringVar(&c.firenze, "firenze", "127.0.0.1:8008", "`address` where browsers get updates; port 0 picks a free one, empty is off")
	flags.StringVar(&c.dudley, "dudley", "127.0.0.1:8004", "`address` where back-ends post updates; empty is off")
	flags.StringVar(&c.imperio, "imperio", "127.0.0.1:8007", "`address` for updates as lines of text over TCP; empty is off")
	flags.StringVar(&c.imperioHTTP, "imperio-http", "", "`address` for the GET form of 2009, which any web page can misuse (default off)")
	flags.StringVar(&c.token, "token", "", "what back-ends must send to Dudley, as \"Authorization: Bearer `TOKEN`\"")
	flags.StringVar(&c.name, "name", dolores.DefaultName, "`name` of this node, which the ids of its sessions begin with")
	flags.Var(&c.origins, "origin", "`site` whose pages may use Firenze from elsewhere, as in https://example.org; repeatable")
	c.hold = duration(firenze.DefaultHold)
	flags.Var(&c.hold, "hold", "how much `time` a poll waits for something to say")
	flags.Var(&c.delay, "delay", "how much `time` a poll goes on gathering once there is something")
	flags.BoolVar(&c.twoWay, "two-way", false, "take updates from browsers too: each may then send to every path but control paths")
	flags.Var(&c.log, "log", "the `kind` of log of all updates on standard error: frames, json or off")

	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		help(flags, usage)
		return config{}, err
	case err != nil:
		return config{}, err
	}
	if flags.NArg() > 0 {
		return config{}, fmt.Errorf("%q is no flag; roots takes flags only, see --help", flags.Arg(0))
	}
	if err := fromEnvironment(flags, env); err != nil {
		return config{}, err
	}
	if c.hold <= 0 || c.delay < 0 {
		return config{}, fmt.Errorf("hold is %v and delay is %v, but hold must be more than 0s and delay at least 0s", &c.hold, &c.delay)
	}
	return c, nil
}

// fromEnvironment sets the flags that were not given from variables.
func fromEnvironment(flags *flag.FlagSet, env func(string) (string, bool)) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var err error
	flags.VisitAll(func(f *flag.Flag) {
		value, set := env(variable(f.Name))
		if given[f.Name] || !set || err != nil {
			return
		}
		if e := flags.Set(f.Name, value); e != nil {
			err = fmt.Errorf("%s is %q: %w", variable(f.Name), value, e)
		}
	})
	return err
}

// variable is the name of a flag in the environment.
func variable(flag string) string {
	return "ROOTS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func help(flags *flag.FlagSet, out io.Writer) {
	fmt.Fprint(out, "Roots adds push to web applications: back-ends post updates, browsers get them.\n\nusage: roots [flags]\n\n")
	flags.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		fmt.Fprintln(out, strings.TrimRight("  --"+f.Name+" "+value, " "))
		fmt.Fprintf(out, "        %s", text)
		if f.DefValue != "" && f.DefValue != "0s" && f.DefValue != "false" {
			fmt.Fprintf(out, " (default %s)", f.DefValue)
		}
		fmt.Fprintln(out)
	})
	fmt.Fprint(out, "\nEach can be set in the environment too, --imperio-http as ROOTS_IMPERIO_HTTP and so on.\n")
}

// duration is a flag whose error says what would be right.
type duration time.Duration

func (d *duration) String() string { return time.Duration(*d).String() }

// Set takes what [time.ParseDuration] does.
func (d *duration) Set(value string) error {
	t, err := time.ParseDuration(value)
	if err != nil {
		return errors.New("it must be a time such as 30s or 250ms")
	}
	*d = duration(t)
	return nil
}

// origins is a flag that may be given several times, or once with commas.
type origins []string

func (o *origins) String() string { return strings.Join(*o, ",") }

// Set takes sites as browsers write them in their Origin header, for that is
// what they are compared with.
func (o *origins) Set(value string) error {
	for site := range strings.SplitSeq(value, ",") {
		u, err := url.Parse(site)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != site {
			return fmt.Errorf("%q is no site, which is written \"https://example.org\", with the port if it has one and no slash at the end", site)
		}
		*o = append(*o, strings.ToLower(site))
	}
	return nil
}

// logKind is how updates are logged. The zero value is frames.
type logKind int

const (
	logFrames logKind = iota
	logJSON
	logOff
)

var logKinds = []string{"frames", "json", "off"}

func (k *logKind) String() string { return logKinds[*k] }

// Set takes one of the kinds by its name.
func (k *logKind) Set(value string) error {
	for i, name := range logKinds {
		if name == value {
			*k = logKind(i)
			return nil
		}
	}
	return fmt.Errorf("it must be one of %s", strings.Join(logKinds, ", "))
}
