package pig

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newMemory(count int, age time.Duration) *memory {
	return New(nil, Options{Remember: count, Age: age}).memory
}

// texts is what is remembered of path.
func (m *memory) texts(path string) (messages []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	past, _ := m.recall(path)
	for _, u := range past {
		messages = append(messages, u.message)
	}
	return messages
}

// TestMemoryLimit: at the limit everything is kept, and one more update drives
// the oldest out.
func TestMemoryLimit(t *testing.T) {
	big := strings.Repeat("x", 64<<10-agingSize-4) // one string, so the test takes no memory
	const fits = memoryLimit / (64 << 10)
	m := newMemory(5, time.Hour)
	for n := range fits {
		m.keep(nil, fmt.Sprintf("%04d", n), big)
	}
	if m.bytes != memoryLimit || len(m.past) != fits {
		t.Fatalf("%d bytes and %d paths are kept instead of %d and %d", m.bytes, len(m.past), memoryLimit, fits)
	}
	m.keep(nil, "more", "")
	if got := m.texts("0000"); got != nil {
		t.Errorf("the oldest is still there: %d messages", len(got))
	}
	if len(m.texts("0001")) != 1 || len(m.texts("more")) != 1 || len(m.past) != fits {
		t.Error("another than the oldest was forgotten")
	}
}

// TestMemoryEnds: when everything is too old nothing is left, not even room.
func TestMemoryEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(3, time.Minute)
		for n := range 1000 {
			m.keep(nil, fmt.Sprint(n%10), "message")
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		m.texts("other")
		if len(m.past) != 0 || len(m.line) != 0 || cap(m.line) != 0 || m.first != 0 || m.bytes != 0 {
			t.Errorf("left: %d paths, a line of %d (%d), %d bytes", len(m.past), len(m.line), cap(m.line), m.bytes)
		}
	})
}

// TestMemoryTwin compares with a list of everything that was ever said.
func TestMemoryTwin(t *testing.T) {
	type said struct {
		path, message string
		at            time.Time
	}
	synctest.Test(t, func(t *testing.T) {
		const count, age = 4, time.Second
		m := newMemory(count, age)
		var all []said
		for n := range 20_000 {
			path := string(rune('a' + rand.IntN(4)))
			if rand.IntN(3) > 0 {
				m.keep(nil, path, fmt.Sprint(n))
				all = append(all, said{path, fmt.Sprint(n), time.Now()})
			} else {
				var want []string
				for i := len(all) - 1; i >= 0 && len(want) < count; i-- {
					if s := all[i]; s.path == path && time.Since(s.at) < age {
						want = append([]string{s.message}, want...)
					} else if time.Since(s.at) >= age {
						break
					}
				}
				if diff := cmp.Diff(want, m.texts(path)); diff != "" {
					t.Fatalf("step %d, path %s (-want +got):\n%s", n, path, diff)
				}
			}
			checkMemory(t, m)
			time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
		}
	})
}

// checkMemory: bytes are those in line, and everything in past is in line.
func checkMemory(t *testing.T, m *memory) {
	t.Helper()
	bytes, inLine := 0, map[uint64]bool{}
	for _, a := range m.line[m.first:] {
		bytes += a.size
		inLine[a.seq] = true
	}
	if bytes != m.bytes {
		t.Fatalf("%d bytes are in line, and %d were counted", bytes, m.bytes)
	}
	for path, kept := range m.past {
		if len(kept) == 0 || len(kept) > m.count {
			t.Fatalf("%d messages of %q are kept", len(kept), path)
		}
		for _, u := range kept {
			if !inLine[u.seq] {
				t.Fatalf("%q of %q is not in line, and will never be forgotten", u.message, path)
			}
		}
	}
}
