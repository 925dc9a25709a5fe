package widgets

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget"
	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// unled is a song that needs no leader.
const unled = `{"lyrics":["la","lo"],"lyricTimings":[4,8.5],"backing":"song.mp3","boxColor":"#aa5500"}`

// action is the post of a client, with more fields as name and value.
func action(client, action string, more ...string) widget.Post {
	fields := url.Values{"clientId": {client}, "action": {action}}
	for i := 0; i < len(more); i += 2 {
		fields.Set(more[i], more[i+1])
	}
	return widget.Post{Fields: fields}
}

// ready has clients say that they are ready.
func ready(t *testing.T, ritual *widgettest.Ritual, clients ...string) {
	t.Helper()
	for _, client := range clients {
		if err := ritual.Post(action(client, "ready", "calibrationFail", "false", "islead", "false")); err != nil {
			t.Fatal(err)
		}
	}
}

// hasBegun says whether those who wait for the song are let go; it asks for no status.
func hasBegun(ritual *widgettest.Ritual) bool {
	return !ritual.Shown().(widget.Subpager).SubpageSame("-1", "nobody")
}

// TestSongBegins: when, after who asked and who is ready of ann, bob and eve.
func TestSongBegins(t *testing.T) {
	for name, test := range map[string]struct {
		asked, ready []string
		at           time.Duration // from the first who is ready; negative for never
	}{
		"all are ready":               {[]string{"ann", "bob", "eve"}, []string{"ann", "bob", "eve"}, 0},
		"ready without having asked":  {nil, []string{"ann", "bob", "eve"}, 0},
		"one has not asked":           {[]string{"ann", "bob"}, []string{"ann", "bob"}, 1100 * time.Millisecond},
		"one has asked, is not ready": {[]string{"ann", "bob", "eve"}, []string{"ann", "bob"}, 5100 * time.Millisecond},
		"nobody is ready":             {[]string{"ann", "bob", "eve"}, nil, -1},
	} {
		t.Run(name, func(t *testing.T) {
			ritual := show(t, "BucketSinging", unled, "ann", "bob", "eve")
			for _, client := range test.asked {
				ritual.Status(client)
			}
			ready(t, ritual, test.ready...)
			if test.at < 0 {
				ritual.Advance(time.Hour)
				if hasBegun(ritual) {
					t.Error("it begins")
				}
				return
			}
			changes := ritual.Changes
			if test.at > 0 {
				ritual.Advance(test.at - time.Millisecond)
				if hasBegun(ritual) {
					t.Fatalf("it begins before %v", test.at)
				}
				ritual.Advance(time.Millisecond)
				if ritual.Changes != changes+1 {
					t.Errorf("everybody is told %d times that it begins", ritual.Changes-changes)
				}
			}
			if !hasBegun(ritual) {
				t.Errorf("it does not begin at %v", test.at)
			}
		})
	}
}

// TestSongBeginsAtStatus: a status is as good a moment to look as any.
func TestSongBeginsAtStatus(t *testing.T) {
	for name, test := range map[string]struct {
		wait  time.Duration
		leave int // how many of the last clients leave
		want  bool
	}{
		"who was waited for has left": {0, 1, true},
		"one second":                  {time.Second, 0, false},
		"more than a second":          {time.Second + 1, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			ritual := show(t, "BucketSinging", unled, "ann", "bob", "eve")
			ready(t, ritual, "ann", "bob")
			ritual.Present = ritual.Present[:3-test.leave]
			ritual.Advance(test.wait)
			if got := told(t, ritual, "ann")["ready"]; got != test.want {
				t.Errorf("ready is %v, it should be %v", got, test.want)
			}
		})
	}
	ritual := show(t, "BucketSinging", unled, "ann", "bob")
	ritual.Status("bob")
	ready(t, ritual, "ann")
	ritual.Advance(5*time.Second - 1)
	if told(t, ritual, "ann")["ready"] == true {
		t.Error("it begins before 5 seconds without one who has asked")
	}
	ritual.Advance(1)
	if told(t, ritual, "ann")["ready"] == false {
		t.Error("it does not begin after 5 seconds")
	}
}

// TestSongTold: all fields, before and after it begins, of one who came in time
// and one who is late.
func TestSongTold(t *testing.T) {
	ritual := show(t, "BucketSinging", `{"lyrics":["la","lo"],"lyricTimings":[4,8.5],"backing":"song.mp3","boxColor":"#aa5500",
		"videoUrl":"v.webm","bsBkg":{"blur":true},"startMuted":true}`, "ann")
	want := map[string]any{
		"lyrics": []any{"la", "lo"}, "boxColors": map[string]any{"lyrics": "#aa5500"}, "server_url": "", "ready": false, "slot": 2.0,
		"lyricLead": false, "background_opts": map[string]any{"blur": true}, "videoUrl": "v.webm", "roundVideo": true, "justInit": false,
		"slotCounts": []any{0.0, 0.0, 1.0, 0.0}, "dbginfo": "0/1/1", "startMuted": true,
		"lyricTimings": []any{4.0, 8.5}, "backingUrl": "namedimg/song.mp3",
	}
	if diff := cmp.Diff(want, told(t, ritual, "ann")); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	ready(t, ritual, "ann")
	ritual.Advance(2500 * time.Millisecond)
	want["ready"], want["slot"], want["slotCounts"], want["dbginfo"], want["startedAgo"] = true, 0.0, []any{1.0, 0.0, 0.0, 0.0}, "1/1/1", 2.5
	if diff := cmp.Diff(want, told(t, ritual, "ann")); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	ritual.Present = append(ritual.Present, widget.Client{ID: "late"})
	want["slot"], want["slotCounts"], want["dbginfo"] = 2.0, []any{1.0, 0.0, 1.0, 0.0}, "1/2/2"
	if diff := cmp.Diff(want, told(t, ritual, "late")); diff != "" {
		t.Errorf("to one who is late (-want +got):\n%s", diff)
	}
}

// TestSubpages: a client waits until the song begins, then until its slot changes.
func TestSubpages(t *testing.T) {
	ritual := show(t, "BucketSinging", unled, "ann", "bob")
	same := func(subpage, client string) bool {
		return ritual.Shown().(widget.Subpager).SubpageSame(subpage, client)
	}
	if !same("-1", "ann") || same("null", "ann") || same("2", "ann") {
		t.Error("before it begins a client has to have subpage -1, and no other")
	}
	ready(t, ritual, "ann", "bob")
	slot := fmt.Sprint(told(t, ritual, "ann")["slot"])
	if !same(slot, "ann") || same("-1", "ann") || same("null", "ann") {
		t.Errorf("ann has slot %s, and no other subpage is hers", slot)
	}
	if err := ritual.Post(action("ann", "pickslot", "slot", "3")); err != nil {
		t.Fatal(err)
	}
	if same(slot, "ann") || !same("3", "ann") || told(t, ritual, "ann")["slot"] != 3.0 {
		t.Error("she picked slot 3")
	}
}

// TestLateSingers: who is ready after the song began gets a slot at once, and
// once; saying it again moves nobody.
func TestLateSingers(t *testing.T) {
	ritual := show(t, "BucketSinging", unled, "ann", "bob", "eve")
	ready(t, ritual, "ann")
	ritual.Advance(6 * time.Second)
	for client, test := range map[string]struct {
		fail string
		slot float64
	}{"ann": {"true", 0}, "bob": {"false", 2}, "eve": {"true", 3}} {
		if err := ritual.Post(action(client, "ready", "calibrationFail", test.fail)); err != nil {
			t.Fatal(err)
		}
		if slot := told(t, ritual, client)["slot"]; slot != test.slot {
			t.Errorf("%s has slot %v, it should be %v", client, slot, test.slot)
		}
	}
	if counts := told(t, ritual, "ann")["slotCounts"]; !cmp.Equal(counts, []any{1.0, 0.0, 1.0, 1.0}) {
		t.Errorf("the slots have %v", counts)
	}
}

// TestRefusedPosts: they say what is wrong, and change nothing.
func TestRefusedPosts(t *testing.T) {
	for text, post := range map[string]widget.Post{
		`action "dance" is neither`:            action("ann", "dance"),
		`action "" is neither`:                 action("ann", ""),
		`clientId "eve" is not here`:           action("eve", "ready"),
		`clientId "" is not here`:              {},
		`slot "4" is not a number from 0 to 3`: action("ann", "pickslot", "slot", "4"),
		`slot "-1" is not a number`:            action("ann", "pickslot", "slot", "-1"),
		`slot "first" is not a number`:         action("ann", "pickslot", "slot", "first"),
		`slot "" is not a number`:              action("ann", "pickslot"),
	} {
		ritual := show(t, "BucketSinging", unled, "ann")
		before := ritual.Status("ann")
		if err := ritual.Post(post); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("it says %v, not %q", err, text)
		}
		if after := ritual.Status("ann"); after != before {
			t.Errorf("%q: it told\n%s and now\n%s", text, before, after)
		}
	}
}

// TestSingersAreForgotten: of all who ever asked those are kept who are here.
func TestSingersAreForgotten(t *testing.T) {
	ritual := show(t, "BucketSinging", unled)
	for i := range 1000 {
		ritual.Present = []widget.Client{{ID: fmt.Sprint(i)}}
		ritual.Status(fmt.Sprint(i))
	}
	if dbg := told(t, ritual, "999")["dbginfo"]; dbg != "0/1/1" {
		t.Errorf("it tells %v", dbg)
	}
}

// TestBackingNotInScript: the track is the singing server's alone.
func TestBackingNotInScript(t *testing.T) {
	for _, backing := range []string{"other", "../song.mp3", "/song.mp3"} {
		ritual := show(t, "BucketSinging", fmt.Sprintf(`{"lyrics":["la"],"backing":%q}`, backing), "ann")
		if got := told(t, ritual, "ann")["backingUrl"]; got != "" {
			t.Errorf("%q is played from %q", backing, got)
		}
	}
}
