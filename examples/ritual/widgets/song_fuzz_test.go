package widgets

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// FuzzSong has four singers come, ask, get ready, pick slots and leave in any
// order; each byte is one of these. After every step the rules are looked at
// anew, by a model that knows no more than who did what, and when.
func FuzzSong(f *testing.F) {
	for _, seed := range []string{"", "\x00\x10\x02\x12", "\x00\x02\x07\x07\x07\x07\x07", "\x00\x10\x20\x02\x11\x05\x07\x15\x07\x02", "\x00\x03\x04\x34\x02\x01\x07"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, steps []byte) {
		ritual := widgettest.New(fstest.MapFS{})
		if err := ritual.Show("BucketSinging", `{"lyrics":["la"],"lyricTimings":[1],"backing":"x"}`); err != nil {
			t.Fatal(err)
		}
		var m model
		for i, step := range steps[:min(len(steps), 200)] {
			m.step(ritual, fmt.Sprint(step>>4&3), step&15)
			m.check(t, ritual, i)
		}
	})
}

// A model is what is known of a song from outside.
type model struct {
	here  []string  // clients
	first time.Time // when one was ready
	begun bool
}

// step has a client do something; some steps only take time.
func (m *model) step(ritual *widgettest.Ritual, client string, what byte) {
	here := slices.Contains(m.here, client)
	switch {
	case what == 0 && !here:
		m.here = append(m.here, client)
		ritual.Present = append(ritual.Present, widget.Client{ID: client})
	case what == 0:
		ritual.Status(client)
	case what == 1:
		m.leave(ritual, client)
	case what <= 4:
		err := ritual.Post(action(client, "ready", "calibrationFail", fmt.Sprint(what == 3), "islead", fmt.Sprint(what == 4)))
		if err == nil && m.first.IsZero() {
			m.first = ritual.Now()
		}
	case what == 5:
		_ = ritual.Post(action(client, "pickslot", "slot", client)) // of whoever is not here it is refused
	default:
		ritual.Advance(time.Duration(what) * 100 * time.Millisecond)
	}
}

func (m *model) leave(ritual *widgettest.Ritual, client string) {
	m.here = slices.DeleteFunc(m.here, func(id string) bool { return id == client })
	ritual.Present = slices.DeleteFunc(ritual.Present, func(c widget.Client) bool { return c.ID == client })
}

// check compares what is told with what follows from the steps.
func (m *model) check(t *testing.T, ritual *widgettest.Ritual, step int) {
	t.Helper()
	begun := hasBegun(ritual)
	if m.begun && !begun {
		t.Fatalf("step %d: the song is over", step)
	}
	if begun && m.first.IsZero() {
		t.Fatalf("step %d: it begins, and nobody was ready", step)
	}
	if !begun && !m.first.IsZero() && (ritual.Now().Sub(m.first) > waitForExpected+lookLater) {
		t.Fatalf("step %d: it has not begun %v after the first was ready", step, ritual.Now().Sub(m.first))
	}
	m.begun = begun
	var told struct {
		SlotCounts [slots]int
		DbgInfo    string
		Slot       int
	}
	text, err := json.Marshal(ritual.Shown().ToClient("0"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatalf("step %d: %v", step, err)
	}
	var ready, seen, expected, inSlots int // as they were when the widget looked last
	if _, err := fmt.Sscanf(told.DbgInfo, "%d/%d/%d", &ready, &seen, &expected); err != nil || ready > seen || ready > 4 || expected > 4 {
		t.Fatalf("step %d: it tells %s, %v", step, told.DbgInfo, err)
	}
	for _, n := range told.SlotCounts {
		inSlots += n
	}
	if inSlots != seen || told.Slot < 0 || told.Slot >= slots {
		t.Fatalf("step %d: it tells %s", step, text)
	}
}
