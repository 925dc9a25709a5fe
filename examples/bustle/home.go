package bustle

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/rootspush/roots/examples/bustle/spool"
)

// MaxHomes is how many homes are watched, and how many spools of bots besides. Of
// more, the first by name are.
const MaxHomes = 10_000

// spoolEnd is how the names of files end in the folder of bots.
const spoolEnd = ".spool"

// A home is the folder of somebody, who is called as it is.
type home struct {
	dir, who string
	owner    int64
}

// findHomes returns the homes that a pattern matches: folders that have the name of a
// person, and no links.
func findHomes(pattern string) []home {
	var homes []home
	dirs, _ := filepath.Glob(pattern) // New has tried the pattern
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err == nil && info.IsDir() && personName.MatchString(filepath.Base(dir)) {
			homes = append(homes, home{dir, filepath.Base(dir), ownerOf(info)})
		}
	}
	return atMost(homes, "homes")
}

// findBots returns the spools in a folder that only its owner can write, who thereby
// says which bots may speak.
func findBots(dir string) ([]*source, error) {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, errors.New("it is no folder")
	case info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("its mode is %v, but only its owner may write to it: anybody could speak for others", info.Mode())
	}
	entries, err := os.ReadDir(dir)
	var bots []*source
	for _, entry := range entries {
		who, ok := strings.CutSuffix(entry.Name(), spoolEnd)
		if ok && personName.MatchString(who) {
			bots = append(bots, newSource(filepath.Join(dir, entry.Name()), who, anybody))
		}
	}
	return atMost(bots, "spools of bots"), err
}

func atMost[T any](found []T, what string) []T {
	if len(found) > MaxHomes {
		slog.Warn("there are too many, the rest is left out", "what", what, "found", len(found), "limit", MaxHomes)
		found = found[:MaxHomes]
	}
	return found
}

// spoolOf returns the spool of a home.
func spoolOf(h home) *source {
	return newSource(filepath.Join(h.dir, spool.Name), h.who, h.owner)
}
