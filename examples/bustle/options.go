package bustle

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/thestral"
)

// Options of [New]. Homes, Log, Audit and State must be given.
type Options struct {
	// Homes is the pattern of the homes, as in "/home/*"; see [filepath.Match].
	Homes string
	// SpoolDir is a folder of spools for those who have no home, NAME.spool for each.
	// Only its owner may write to it: who speaks there is up to them. Default: none.
	SpoolDir string
	// Log is the file of the feed, which all may read. When it is full it becomes
	// LOG.1, and LOG.1 becomes LOG.2; 5 are kept.
	Log string
	// Audit is the file of the audit log, a recording of package imperio, for its
	// owner alone. It makes room as the log does.
	Audit string
	// State is a file that nobody else may write: how far the spools were read.
	State string

	// Window is how long ambience is told once that is alike: of the same person and
	// kind, or of the same place. 0 stands for 30 seconds.
	Window time.Duration
	// Share is the part of ambience that is told, by chance. 0 stands for 1, all.
	Share float64
	// Seed makes that chance the same each time. 0 stands for a seed by chance.
	Seed uint64
	// Each and All are the rates of ambience: of one person, and of all. Zero stands
	// for 6 and 30 in a minute.
	Each, All hush.Rate
	// Shouts is the rate at which the spool of one person is read, as far as there are
	// shouts in it. Zero stands for 30 at once and one a second.
	Shouts hush.Rate

	// Look is how often everything is looked at, also what is watched: homes come and
	// go, and some file systems don't tell of changes. 0 stands for 10 seconds, or for
	// 2 with Poll.
	Look time.Duration
	// Poll watches nothing, but only looks.
	Poll bool
	// LogSize is how large each of the two logs may get, in bytes. 0 stands for 10 MiB.
	LogSize int64
	// Feed gets each line of the log, once it is written, as an update of [Path]. It
	// stands behind a [thestral.Queue] if it may wait. Default: nobody.
	Feed thestral.Thestral
}

// complete checks the options and fills in what stands for others.
func (o *Options) complete() error {
	for _, file := range []*string{&o.Homes, &o.Log, &o.Audit, &o.State} {
		if *file == "" {
			return errors.New("homes, log, audit log and state must all be given")
		}
		if err := absolute(file); err != nil {
			return err
		}
	}
	if _, err := filepath.Match(o.Homes, ""); err != nil {
		return fmt.Errorf("the pattern of homes %q: %w", o.Homes, err)
	}
	if o.SpoolDir != "" {
		if err := absolute(&o.SpoolDir); err != nil {
			return err
		}
	}
	if !(o.Share >= 0 && o.Share <= 1) { // as NaN is
		return fmt.Errorf("the share of ambience is %v, it must be more than 0 and at most 1", o.Share)
	}
	o.fillIn()
	if o.Window < 0 || o.Look < 0 || o.LogSize < 0 {
		return errors.New("window, look and log size must not be negative")
	}
	for _, rate := range []hush.Rate{o.Each, o.All, o.Shouts} {
		if !rate.Valid() {
			return fmt.Errorf("the rate %+v must have a burst of 1 or more and an interval", rate)
		}
	}
	return nil
}

// absolute makes a path one that means the same wherever the process goes.
func absolute(path *string) (err error) {
	*path, err = filepath.Abs(*path)
	return err
}

func (o *Options) fillIn() {
	look := 10 * time.Second
	if o.Poll {
		look = 2 * time.Second
	}
	orElse(&o.Window, 30*time.Second)
	orElse(&o.Share, 1)
	orElse(&o.Seed, rand.Uint64())
	orElse(&o.Each, hush.PerMinute(6))
	orElse(&o.All, hush.PerMinute(30))
	orElse(&o.Shouts, hush.Rate{Burst: 30, Every: time.Second})
	orElse(&o.Look, look)
	orElse(&o.LogSize, 10<<20)
}

// orElse sets what is zero.
func orElse[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}
