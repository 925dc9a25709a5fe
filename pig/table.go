package pig

import (
	"hash/maphash"
	"sync/atomic"
)

// A table finds a value by its text. Readers take no lock and write nothing, so
// they never slow each other down; writers hold the lock of the Pig. A value
// stays at one address until it is removed or replaced.
//
// It is open addressing with linear probing. A slot holds the hash beside the
// pointer, so that a probe of another text costs no cache miss. sync.Map boxes
// its keys and takes 1.3 times as long where there is one path, and about twice as
// long where there are many: see BenchmarkTable.
type table[V any] struct {
	slots atomic.Pointer[[]slot[V]] // a power of two of them, never full; nil while empty
	gone  *entry[V]                 // stands in all slots of removed entries, which are not kept alive
	live  int                       // entries that are in
	used  int                       // slots that are not nil, those of removed entries too
}

type slot[V any] struct {
	hash  atomic.Uint64
	entry atomic.Pointer[entry[V]]
}

type entry[V any] struct {
	key     string
	removed bool // nothing is here: the slot may be used again, but a probe must go on
	value   V
}

const fewestSlots = 4

var seed = maphash.MakeSeed()

func hashOf(key string) uint64 { return maphash.String(seed, key) }

// get returns the value of key, or nil. It may run while put and remove do.
func (t *table[V]) get(hash uint64, key string) *V {
	slots := t.slots.Load()
	if slots == nil {
		return nil
	}
	s := *slots
	for i := hash; ; i++ {
		at := &s[i&uint64(len(s)-1)]
		e := at.entry.Load()
		if e == nil {
			return nil
		}
		if at.hash.Load() == hash && e.key == key && !e.removed {
			return &e.value
		}
	}
}

// put returns the value of key, which is a new one if there was none.
func (t *table[V]) put(hash uint64, key string) *V {
	if v := t.get(hash, key); v != nil {
		return v
	}
	if slots := t.slots.Load(); slots == nil || (t.used+1)*4 > len(*slots)*3 {
		t.rebuild()
	}
	e := &entry[V]{key: key}
	if t.place(*t.slots.Load(), hash, e) {
		t.used++
	}
	t.live++
	return &e.value
}

// replace puts a fresh value in the place of that of key, which is in, as soon as
// fill has filled it. Readers find the one or the other.
func (t *table[V]) replace(hash uint64, key string, fill func(fresh *V)) {
	e := &entry[V]{key: key}
	fill(&e.value)
	t.find(hash, key).entry.Store(e)
}

// remove takes key out, which is in. The value stays good for those who still
// hold it.
func (t *table[V]) remove(hash uint64, key string) {
	if t.gone == nil {
		t.gone = &entry[V]{removed: true}
	}
	t.find(hash, key).entry.Store(t.gone)
	t.live--
	switch {
	case t.live == 0: // an empty table costs nothing
		t.slots.Store(nil)
		t.used = 0
	case t.live*8 < len(*t.slots.Load()):
		t.rebuild()
	}
}

// find returns the slot of key, which is in.
func (t *table[V]) find(hash uint64, key string) *slot[V] {
	s := *t.slots.Load()
	for i := hash; ; i++ {
		at := &s[i&uint64(len(s)-1)]
		if e := at.entry.Load(); e.key == key && !e.removed {
			return at
		}
	}
}

// all yields each entry. Who does not hold the lock of the writers may miss what
// they do meanwhile.
func (t *table[V]) all(yield func(key string, value *V) bool) {
	slots := t.slots.Load()
	if slots == nil {
		return
	}
	for i := range *slots {
		if e := (*slots)[i].entry.Load(); e != nil && !e.removed && !yield(e.key, &e.value) {
			return
		}
	}
}

// place puts e into the first slot that is free, and reports whether the slot was
// fresh. A reader that comes between the two stores misses e, as one that came
// before.
func (t *table[V]) place(s []slot[V], hash uint64, e *entry[V]) (fresh bool) {
	for i := hash; ; i++ {
		at := &s[i&uint64(len(s)-1)]
		was := at.entry.Load()
		if was == nil || was.removed {
			at.entry.Store(e)
			at.hash.Store(hash)
			return was == nil
		}
	}
}

// rebuild moves the living entries to slots of the right number, and readers
// with them once all are there.
func (t *table[V]) rebuild() {
	size := fewestSlots
	for size < t.live*2+1 {
		size *= 2
	}
	s := make([]slot[V], size)
	if old := t.slots.Load(); old != nil {
		for i := range *old {
			if e := (*old)[i].entry.Load(); e != nil && !e.removed {
				t.place(s, (*old)[i].hash.Load(), e)
			}
		}
	}
	t.used = t.live
	t.slots.Store(&s)
}
