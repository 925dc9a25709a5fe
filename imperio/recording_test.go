package imperio_test

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// The time at which the fake clock of synctest begins.
var midnight = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestRecorder(t *testing.T) {
	warnings := logged(t)
	local := time.Local
	time.Local = time.FixedZone("elsewhere", 3600)
	defer func() { time.Local = local }()
	synctest.Test(t, func(t *testing.T) {
		var w text
		recorder := imperio.NewRecorder(&w)
		recorder.Update(nil, "a", "1\n2")
		time.Sleep(1500*time.Millisecond + 7)
		recorder.Update(nil, "", "no replay could send this")
		recorder.Update(nil, "b", "")
		w.wantLines(t, `2000-01-01T00:00:00.000000000Z a; 1\n2`, "2000-01-01T00:00:01.500000007Z b; ")
		warnings.wantLines(t, "path is empty")
		if recorder.Lost() != 1 {
			t.Errorf("%d updates are lost, want 1", recorder.Lost())
		}
		want := []imperio.Entry{{midnight, "a", "1\n2"}, {midnight.Add(1500*time.Millisecond + 7), "b", ""}}
		got, err := read(strings.NewReader(w.String()))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("read back with %v (-want +got):\n%s", err, diff)
		}
	})
}

// read reads until the end or an error, after which there must be nothing more.
func read(r io.Reader) (entries []imperio.Entry, err error) {
	for entry, failure := range imperio.ReadRecording(r) {
		if err != nil {
			panic("an entry after the error")
		}
		if err = failure; err == nil {
			entries = append(entries, entry)
		}
	}
	return entries, err
}

func TestReadRecording(t *testing.T) {
	const good = "2000-01-01T00:00:00Z a; 1\n"
	entry := imperio.Entry{Time: midnight, Path: "a", Message: "1"}
	for _, test := range []struct {
		name, input string
		entries     int
		err         string // none for ""
	}{
		{"nothing", "", 0, ""},
		{"one", good, 1, ""},
		{"CRLF", "2000-01-01T00:00:00Z a; 1\r\n" + good, 2, ""},
		{"no time", good + good + "a; 1\n" + good, 2, `line 3 of the recording: "a; 1" must begin with a time and a blank, as in "2006-01-02T15:04:05.000000000Z path; message"`},
		{"no such day", "2000-02-30T00:00:00Z a; 1\n", 0, "line 1"},
		{"empty line", good + "\n" + good, 1, "line 2"},
		{"no path", good + "2000-01-01T00:00:00Z\n", 1, "path is empty"},
		{"bad escape", good + `2000-01-01T00:00:00Z a; \q` + "\n", 1, "begins no escape"},
		{"bad message", good + `2000-01-01T00:00:00Z a; \xff` + "\n", 1, "not UTF-8"},
		{"cut", good + "2000-01-01T00:00:00Z a; 1", 1, "line 2 of the recording: \"2000-01-01T00:00:00Z a; 1\" was cut off"},
		{"largest", string(imperio.AppendFrame([]byte("2000-01-01T00:00:00.000000000Z "), "a", strings.Repeat("\x01", 64<<10))), 1, ""},
		{"line too long", good + strings.Repeat("x", imperio.MaxLine+31) + "\n", 1, "line 2 of the recording: a line is too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			entries, err := read(strings.NewReader(test.input))
			if len(entries) != test.entries {
				t.Errorf("%d entries, want %d", len(entries), test.entries)
			}
			if len(entries) > 0 && strings.HasPrefix(test.input, good) && entries[0] != entry {
				t.Errorf("first is %v, want %v", entries[0], entry)
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error is %v, want %q", err, test.err)
			}
		})
	}
}

func TestReadRecordingThatFails(t *testing.T) {
	broken := errors.New("broken disk")
	entries, err := read(io.MultiReader(strings.NewReader("2000-01-01T00:00:00Z a; 1\n"), iotest.ErrReader(broken)))
	if len(entries) != 1 || !errors.Is(err, broken) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%d entries, then %v", len(entries), err)
	}
}

func TestReadRecordingMayStop(t *testing.T) {
	for range imperio.ReadRecording(strings.NewReader("2000-01-01T00:00:00Z a\nbroken\n")) {
		break // a broken iterator would panic here
	}
}

// recorded has distances of 1 s, of -1 h as the clock is set back, and of 2 s.
const recorded = `2000-01-01T01:00:00Z a; 1
2000-01-01T01:00:01Z a; 2
2000-01-01T00:00:01.000Z b; 3
2000-01-01T01:00:03+01:00 b; 4
`

func TestReplay(t *testing.T) {
	for _, test := range []struct {
		speed float64
		times []time.Duration // when each update came
	}{
		{1, []time.Duration{0, time.Second, time.Second, 3 * time.Second}},
		{10, []time.Duration{0, time.Second / 10, time.Second / 10, 3 * time.Second / 10}},
		{0.5, []time.Duration{0, 2 * time.Second, 2 * time.Second, 6 * time.Second}},
		{0, []time.Duration{0, 0, 0, 0}},
		{math.Copysign(0, -1), []time.Duration{0, 0, 0, 0}},
		{math.Inf(1), []time.Duration{0, 0, 0, 0}},
	} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			receiver := new(heard)
			var times []time.Duration
			err := imperio.Replay(t.Context(), strings.NewReader(recorded), thestral.Func(func(sender thestral.Thestral, path, message string) {
				times = append(times, time.Since(begin))
				receiver.Update(sender, path, message)
			}), test.speed)
			if diff := cmp.Diff(test.times, times); diff != "" || err != nil {
				t.Errorf("speed %v: %v, times (-want +got):\n%s", test.speed, err, diff)
			}
			receiver.want(t, up("a", "1"), up("a", "2"), up("b", "3"), up("b", "4"))
		})
	}
}

// TestReplayKeepsTime: what a slow receiver takes is not added to the distances.
func TestReplayKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		slow := thestral.Func(func(thestral.Thestral, string, string) { time.Sleep(time.Second / 4) })
		if err := imperio.Replay(t.Context(), strings.NewReader(recorded), slow, 1); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took != 3*time.Second+time.Second/4 {
			t.Errorf("the replay took %v, want 3.25s", took)
		}
	})
}

func TestReplayRefusesSpeed(t *testing.T) {
	for _, speed := range []float64{-1, -math.SmallestNonzeroFloat64, math.Inf(-1), math.NaN()} {
		receiver := new(heard)
		if err := imperio.Replay(t.Context(), strings.NewReader(recorded), receiver, speed); err == nil || !strings.Contains(err.Error(), "must be 0") {
			t.Errorf("speed %v gave %v, want an error", speed, err)
		}
		receiver.want(t)
	}
}

func TestReplayStopsAtBrokenLine(t *testing.T) {
	receiver := new(heard)
	err := imperio.Replay(t.Context(), strings.NewReader("2000-01-01T00:00:00Z a; 1\nbroken\n"+recorded), receiver, 0)
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error is %v, want one about line 2", err)
	}
	receiver.want(t, up("a", "1"))
}

func TestReplayEndsWithItsContext(t *testing.T) {
	for _, test := range []struct {
		name  string
		speed float64
		after time.Duration
		want  []thestral.Update
	}{
		{"before it began", 0, 0, nil},
		{"while it waits", 1, 1500 * time.Millisecond, []thestral.Update{up("a", "1"), up("a", "2"), up("b", "3")}},
		{"while it waits for ever", math.SmallestNonzeroFloat64, 1000 * time.Hour, []thestral.Update{up("a", "1")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.after)
				defer cancel()
				begin, receiver := time.Now(), new(heard)
				err := imperio.Replay(ctx, strings.NewReader(recorded), receiver, test.speed)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != test.after {
					t.Errorf("error is %v after %v", err, time.Since(begin))
				}
				receiver.want(t, test.want...)
			})
		})
	}
}

func TestReplaySurvivesItsReceiver(t *testing.T) {
	warnings, receiver := logged(t), new(grumpy)
	err := imperio.Replay(t.Context(), strings.NewReader("2000-01-01T00:00:00Z bad; 1\n2000-01-01T00:00:00Z good; 2\n"), receiver, 0)
	if err != nil {
		t.Error(err)
	}
	receiver.want(t, up("good", "2"))
	warnings.wantLines(t, "a receiver panicked")
}

func FuzzRecording(f *testing.F) {
	f.Add("2000-01-01T00:00:00Z a; 1\n2000-01-01T00:00:01.5+01:00 b; \\n\nbroken\n", "path", "message")
	f.Add("2000-01-01T00:00:00Z cut", "a;b", "\x1b")
	f.Add(recorded, "", "\xff")
	logged(f)
	f.Fuzz(func(t *testing.T, input, path, message string) {
		entries, err := read(strings.NewReader(input))
		if lines := strings.Count(input, "\n"); err == nil && len(entries) != lines || err != nil && len(entries) > lines {
			t.Errorf("%d lines gave %d entries and %v", lines, len(entries), err)
		}
		var w text
		recorder := imperio.NewRecorder(&w)
		for _, entry := range append(entries, imperio.Entry{Path: path, Message: message}) {
			recorder.Update(nil, entry.Path, entry.Message)
			entries, err := read(strings.NewReader(w.String()))
			if err != nil {
				t.Fatalf("a recorder wrote what can't be read: %v", err)
			}
			if last := len(entries) - 1; recorder.Lost() == 0 && (entries[last].Path != entry.Path || entries[last].Message != entry.Message) {
				t.Errorf("%q came back as %q", entry, entries[last])
			}
		}
	})
}
