package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/examples/bustle"
	"github.com/rootspush/roots/examples/bustle/feed"
	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/examples/bustle/spool"
)

// A demo is a town in a temporary folder. Those who live there do something all the
// time; "you" have a home there as well.
type demo struct{ dir string }

var inhabitants = []string{"archangelic", "endorphant", "selfsame", "vilmibm"}

func newDemo() (*demo, error) {
	dir, err := os.MkdirTemp("", "bustle-")
	if err != nil {
		return nil, err
	}
	d := &demo{dir}
	err = os.MkdirAll(filepath.Join(dir, "spools"), 0o755)
	err = errors.Join(err, os.MkdirAll(filepath.Dir(d.log()), 0o755), os.WriteFile(d.log(), nil, 0o644)) // so that nobody has to wait for it
	for _, who := range append(inhabitants, "you") {
		err = errors.Join(err,
			os.MkdirAll(filepath.Join(d.home(who), "public_html"), 0o755),
			os.MkdirAll(filepath.Join(d.home(who), ".ttbp/entries"), 0o755))
	}
	if err != nil {
		d.remove()
		return nil, err
	}
	return d, nil
}

func (d *demo) home(who string) string    { return filepath.Join(d.dir, "home", who) }
func (d *demo) spoolOf(who string) string { return filepath.Join(d.home(who), spool.Name) }
func (d *demo) log() string               { return filepath.Join(d.dir, "bustle/bustle.log") }
func (d *demo) remove()                   { os.RemoveAll(d.dir) }

// settle has the daemon watch this town, in which more is told than elsewhere.
func (d *demo) settle(o *bustle.Options) {
	o.Homes = filepath.Join(d.dir, "home/*")
	o.SpoolDir = filepath.Join(d.dir, "spools")
	o.Log = d.log()
	o.Audit = filepath.Join(d.dir, "audit.log")
	o.State = filepath.Join(d.dir, "state.json")
	o.Window = 5 * time.Second
	o.Each, o.All = hush.PerMinute(20), hush.PerMinute(60)
	o.Look = time.Second
}

// careFor has the town live, and its feed shown on out.
func (d *demo) careFor(keeper *dolores.Dolores, out io.Writer) {
	fmt.Fprintf(out, "The town is in %s\nSay something there:\n\n    echo 'HI WORLD' >> %s\n\n", d.dir, d.spoolOf("you"))
	keeper.Care("inhabitants", d.live)
	keeper.Care("feed", func(ctx context.Context) error { return feed.Show(ctx, out, feed.Options{Log: d.log()}) })
}

// live has somebody do something now and then, until ctx ends.
func (d *demo) live(ctx context.Context) error {
	deeds := d.deeds()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(300*time.Millisecond + rand.N(1200*time.Millisecond)):
		}
		who := inhabitants[rand.IntN(len(inhabitants))]
		if err := deeds[rand.IntN(len(deeds))](who); err != nil {
			return err
		}
	}
}

// deeds are what somebody may do.
func (d *demo) deeds() []func(who string) error {
	write := func(name string) func(string) error {
		return func(who string) error { return os.WriteFile(filepath.Join(d.home(who), name), []byte(who), 0o644) }
	}
	bot := func(name, place string) func(string) error {
		return func(string) error { return say(filepath.Join(d.dir, "spools", name+".spool"))(spool.Noise(place)) }
	}
	return []func(string) error{
		write("notes.txt"),
		write("public_html/index.html"),
		write(".ttbp/entries/today.txt"),
		bot("ircbot", "chat"),
		bot("forum", "bbj"),
		func(who string) error {
			return errors.Join(os.RemoveAll(filepath.Join(d.home(who), "poem.txt")), write("poem.txt")(who))
		},
		func(who string) error { return say(d.spoolOf(who))(spool.Shout("HI WORLD", true)) },
		func(who string) error { return say(d.spoolOf(who))(spool.Shout("HELLO BACK", false)) },
	}
}

// say appends a line to a spool.
func say(file string) func(spool.Line, error) error {
	return func(line spool.Line, err error) error {
		if err != nil {
			return err
		}
		return spool.Append(file, line)
	}
}
