package bustle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A state is all that must outlive the process: how far the spools were read, and
// the lines that come of that, with the place in the log where they belong. Both
// are saved at once, before the lines are written. See [ledger] on what for.
type state struct {
	Spools map[string]position `json:"spools"`
	Log    fileID              `json:"log"`
	Size   int64               `json:"size"` // of the log before the lines
	Lines  string              `json:"lines"`
}

// loadState returns what was saved at path, or an empty state if nothing was.
func loadState(path string) (state, error) {
	s := state{Spools: map[string]position{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, fmt.Errorf("the state in %q can't be read; without that file all spools are told from their beginning: %w", path, err)
	}
	return s, nil
}

// save puts the state in the place of the one before, which stays whole until this
// one is: also if the process is killed, or the power fails.
func (s state) save(path string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	fresh := path + ".new"
	if err := writeFile(fresh, data); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
