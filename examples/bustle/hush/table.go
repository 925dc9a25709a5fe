package hush

import "time"

// A table has an entry for each key, MaxKeys at the most. An entry that is over
// means the same as none, so it can be forgotten.
type table[E any] struct {
	over    func(entry E, now time.Time) bool
	entries map[string]*E
	sweep   time.Time // when it may be swept again
}

// sweepPause keeps a full table from being swept for each update that it refuses.
const sweepPause = time.Second

// get returns the entry of key, a new one if need be. There is none if too many
// keys are known.
func (t *table[E]) get(key string, now time.Time) (*E, bool) {
	if entry, known := t.entries[key]; known {
		return entry, true
	}
	if len(t.entries) >= MaxKeys && !t.makeRoom(now) {
		return nil, false
	}
	if t.entries == nil {
		t.entries = map[string]*E{}
	}
	entry := new(E)
	t.entries[key] = entry
	return entry, true
}

// makeRoom forgets what is over. A new map gives the memory back.
func (t *table[E]) makeRoom(now time.Time) bool {
	if now.Before(t.sweep) {
		return false
	}
	t.sweep = now.Add(sweepPause)
	kept := map[string]*E{}
	for key, entry := range t.entries {
		if !t.over(*entry, now) {
			kept[key] = entry
		}
	}
	t.entries = kept
	return len(kept) < MaxKeys
}
