package widgets

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// TestSlotEnds: small numbers, and where each bound is reached.
func TestSlotEnds(t *testing.T) {
	for _, test := range []struct {
		n    int
		led  bool
		want [3]int
	}{
		{0, true, [3]int{0, 1, 2}},
		{3, true, [3]int{0, 1, 2}},
		{6, true, [3]int{0, 2, 4}},
		{15, true, [3]int{0, 5, 10}},
		{18, true, [3]int{0, 5, 12}},
		{52, true, [3]int{0, 5, 34}},
		{1000, true, [3]int{0, 5, 35}},
		{0, false, [3]int{1, 2, 2}},
		{10, false, [3]int{1, 2, 5}},
		{30, false, [3]int{2, 6, 15}},
		{450, false, [3]int{30, 90, 225}},
		{650, false, [3]int{30, 130, 325}},
		{1000, false, [3]int{30, 130, 330}},
	} {
		if got := slotEnds(test.n, test.led); got != test.want {
			t.Errorf("of %d, led %v: %v, it should be %v", test.n, test.led, got, test.want)
		}
	}
}

// A voice is a client, and what it says of itself.
type voice struct {
	users      []string
	fail, lead bool
}

// sing has voices become ready for a song, and gives their slots.
func sing(t *testing.T, terms string, voices []voice) []int {
	t.Helper()
	ritual := show(t, "BucketSinging", terms)
	ritual.Logins = map[string]string{"ann@example.org": "ANN"}
	for i, v := range voices {
		ritual.Present = append(ritual.Present, widget.Client{ID: fmt.Sprint(i), Users: v.users})
	}
	for i, v := range voices {
		if err := ritual.Post(action(fmt.Sprint(i), "ready", "calibrationFail", fmt.Sprint(v.fail), "islead", fmt.Sprint(v.lead))); err != nil {
			t.Fatal(err)
		}
	}
	slots := make([]int, len(voices))
	for i := range voices {
		slots[i] = int(told(t, ritual, fmt.Sprint(i))["slot"].(float64))
	}
	return slots
}

// TestLeaders: who sings first when somebody has to, and that those who lead the
// ritual have other things to do when nobody has to.
func TestLeaders(t *testing.T) {
	ann, bob := voice{users: []string{"BOB", "ANN"}}, voice{users: []string{"BOB"}}
	lead, deaf := voice{lead: true}, voice{fail: true}
	const named = `{"lyrics":["la"],"lyricTimings":[1],"backing":"song.mp3","leader":"ann@example.org"}`
	const byHand = `{"lyrics":["la"],"backing":"song.mp3"}`
	const noBacking = `{"lyrics":["la"],"lyricTimings":[1]}`
	for name, test := range map[string]struct {
		terms  string
		voices []voice
		want   []int
	}{
		"the one who is named":         {named, []voice{bob, ann, lead, deaf}, []int{-1, 0, -1, 3}},
		"in each of her browsers":      {named, []voice{ann, ann, deaf}, []int{0, 0, 3}},
		"the named one is not here":    {named, []voice{bob, lead, deaf}, []int{1, 0, 3}},
		"lyrics without timings":       {byHand, []voice{bob, lead, deaf}, []int{1, 0, 3}},
		"no backing track":             {noBacking, []voice{bob, lead, deaf}, []int{1, 0, 3}},
		"a leader is never put behind": {noBacking, []voice{{lead: true, fail: true}}, []int{0}},
		"none is needed":               {unled, []voice{lead, bob, deaf}, []int{3, 0, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			got := sing(t, test.terms, test.voices)
			for i, slot := range test.want {
				if slot < 0 && (got[i] == 1 || got[i] == 2) { // by chance
					test.want[i] = got[i]
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("slots (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSomebodyLeads: where nobody is named and nobody leads the ritual, it is one
// of them, not always the same.
func TestSomebodyLeads(t *testing.T) {
	ritual := show(t, "BucketSinging", `{"lyrics":["la"]}`)
	led := map[string]bool{}
	for range 100 {
		led[leaderOf(t, ritual)] = true
	}
	if len(led) != 3 {
		t.Errorf("these led: %v", led)
	}
}

// leaderOf shows a song again, to three, and gives the one in slot 0.
func leaderOf(t *testing.T, ritual *widgettest.Ritual) (leader string) {
	t.Helper()
	ritual.Present = []widget.Client{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	if err := ritual.Show("BucketSinging", `{"lyrics":["la"]}`); err != nil {
		t.Fatal(err)
	}
	ready(t, ritual, "a", "b", "c")
	for _, client := range ritual.Present {
		if told(t, ritual, client.ID)["slot"] == 0.0 {
			if leader != "" {
				t.Fatalf("%s and %s lead", leader, client.ID)
			}
			leader = client.ID
		}
	}
	return leader
}

// TestChoir: of many, as many are in each slot as it says, and not by their order.
func TestChoir(t *testing.T) {
	voices := make([]voice, 100)
	slots := sing(t, unled, voices)
	var counts [4]int
	inOrder := true
	for i, slot := range slots {
		counts[slot]++
		inOrder = inOrder && (i == 0 || slots[i-1] <= slot)
	}
	if counts != [4]int{6, 14, 30, 50} {
		t.Errorf("the slots have %v", counts)
	}
	if inOrder {
		t.Error("who came first sings first")
	}
}

// TestEverybodyLeft: the song begins for nobody.
func TestEverybodyLeft(t *testing.T) {
	ritual := show(t, "BucketSinging", `{"lyrics":["la"]}`, "ann", "bob")
	ready(t, ritual, "ann")
	ritual.Present = nil
	ritual.Advance(6 * time.Second)
	if !hasBegun(ritual) {
		t.Error("it does not begin")
	}
}
