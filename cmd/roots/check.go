package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"
)

const checkAbout = `It begins sessions at the URL that browsers use, connects them through the trusted port, and sends updates to see whether they come at once, by each transport.
Each line is something that was looked at: "ok", or "wrong" with what is wrong and what to change. The names of settings are those of nginx, or of roots where they begin with --.
A proxy often cuts what was idle for a minute: --wait 70s finds that out.
The exit status is 0 if all is well, 1 if something is wrong, 2 if the command is.`

// A finding is what was looked at, and what is wrong with it.
type finding struct {
	Check  string `json:"check"`
	Wrong  string `json:"wrong,omitempty"`  // empty if all is well
	Change string `json:"change,omitempty"` // the setting at fault
}

// An installation is what is looked at.
type installation struct {
	remote
	public  string // where browsers reach Firenze, with a slash at the end
	imperio string
	wait    duration
	http    *http.Client // of a browser
}

// prompt is how soon everything has to come that is not held back. Tests have more
// patience.
var prompt = 3 * time.Second

// check says what is wrong with an installation.
func check(ctx context.Context, p program, args []string) error {
	i := installation{wait: duration(5 * time.Second), http: &http.Client{
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	defer i.http.CloseIdleConnections()
	flags := i.newFlags("check")
	asJSON := flags.Bool("json", false, "print lines of JSON")
	if _, err := p.parse(flags, args, ""); err != nil {
		return err
	}
	if err := i.settle(); err != nil {
		return misuse{err}
	}
	wrong := false
	i.look(ctx, func(f finding) {
		if ctx.Err() == nil { // what was broken off is no finding
			wrong = wrong || f.Wrong != ""
			p.showFinding(f, *asJSON)
		}
	})
	if wrong {
		return exit(1)
	}
	return ctx.Err()
}

// newFlags returns the flags of check.
func (i *installation) newFlags(name string) *flag.FlagSet {
	flags := i.remote.newFlags(name)
	flags.StringVar(&i.public, "public", "http://127.0.0.1:8008/comet/", "`URL` where browsers reach Firenze, through a proxy if there is one")
	flags.StringVar(&i.imperio, "imperio", "", "`address` where Imperio should listen; empty is nowhere")
	flags.Var(&i.wait, "wait", "how much `time` nothing is said, to see whether a proxy cuts idle connections")
	return flags
}

func (i *installation) settle() error {
	u, err := url.Parse(i.public)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("--public is %q, it must be like https://example.org/comet/", i.public)
	}
	if !strings.HasSuffix(i.public, "/") {
		i.public += "/"
	}
	if i.wait < 0 {
		return errors.New("--wait must be at least 0s")
	}
	return nil
}

// showFinding prints one line. What a proxy said may be in it.
func (p program) showFinding(f finding, asJSON bool) {
	switch {
	case asJSON:
		_ = newJSON(p.stdout).Encode(f) // the exit status tells the same
	case f.Wrong == "":
		fmt.Fprintf(p.stdout, "ok     %s\n", f.Check)
	default:
		fmt.Fprintf(p.stdout, "%s  %s: %s; %s\n", p.look(p.stdout).strong("wrong"), f.Check, printable(f.Wrong), f.Change)
	}
}

// printable shows control characters in text as what they are not.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// look looks at everything, and reports each thing once. What needs something
// that is wrong is left out.
func (i *installation) look(ctx context.Context, report func(finding)) {
	trusted := i.checkTrusted(ctx)
	report(trusted)
	if trusted.Wrong == "" {
		report(i.checkFiles(ctx))
	}
	if i.imperio != "" {
		report(i.checkImperio(ctx))
	}
	public, head := i.checkPublic(ctx)
	report(public)
	if public.Wrong != "" {
		return
	}
	report(checkHead(head))
	if trusted.Wrong != "" {
		return
	}
	session := i.checkSession(ctx)
	report(session)
	if session.Wrong != "" {
		return
	}
	findings := make([]finding, len(transportWays))
	var all sync.WaitGroup
	for n, w := range transportWays {
		all.Go(func() { findings[n] = i.checkWay(ctx, w) })
	}
	all.Wait()
	for _, f := range findings {
		report(f)
	}
}
