package pomona_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/connectors/pomona"
)

// scan returns the events in what is read, a line each, and the error.
func scan(from io.Reader) (events []string, err error) {
	err = pomona.ScanEvents(from, func(name, id, data string) error {
		events = append(events, strings.Join([]string{name, id, data}, "|"))
		return nil
	})
	return events, err
}

var eventTexts = []struct {
	text string
	want []string
}{
	{"", nil},
	{"\n\n\n", nil},
	{"data: x\n\n", []string{"||x"}},
	{"data:x\n\n", []string{"||x"}},
	{"data:  x \n\n", []string{"|| x "}},
	{"data: x\r\n\r\n", []string{"||x"}},
	{"data: x\n", nil},
	{"data: x", nil},
	{"data: x\n\ndata: y", []string{"||x"}},
	{"event: e\nid: 1\ndata: x\n\ndata: y\n\n", []string{"e|1|x", "||y"}},
	{"id: 1\nid: 2\ndata: x\n\n", []string{"|2|x"}},
	{"data: x\ndata: y\ndata\ndata:\ndata: z\n\n", []string{"||x\ny\n\n\nz"}},
	{"data: a:b: c\n\n", []string{"||a:b: c"}},
	{":\n\n", nil},
	{": data: x\n\n", nil},
	{"data: x\n: comment\nretry: 10\nunknown\nDATA: no\n data: no\n\n", []string{"||x"}},
	{"id: 1\nevent: e\n\n", nil},
	{"data\n\ndata:\n\n", nil},
	{"data: ü🦉\u2028\n\n", []string{"||ü🦉\u2028"}},
	{"data: x\ry\n\n", []string{"||x\ry"}},
}

func TestScanEvents(t *testing.T) {
	for _, c := range eventTexts {
		got, err := scan(strings.NewReader(c.text))
		if diff := cmp.Diff(c.want, got); diff != "" || err == nil {
			t.Errorf("%q is read with the error %v (-want +got):\n%s", c.text, err, diff)
		}
	}
}

// An event is taken as soon as it is there, and not when the next one comes.
func TestEventsAreNotHeldBack(t *testing.T) {
	reader, writer := io.Pipe()
	taken, ended := make(chan string), make(chan error)
	go func() {
		ended <- pomona.ScanEvents(reader, func(_, _, data string) error { taken <- data; return nil })
	}()
	for _, data := range []string{"1", "2"} {
		if _, err := io.WriteString(writer, "data: "+data+"\n\n"); err != nil {
			t.Fatal(err)
		}
		if got := <-taken; got != data {
			t.Errorf("the event is %q, want %q", got, data)
		}
	}
	writer.CloseWithError(io.ErrNoProgress)
	if err := <-ended; err != io.ErrNoProgress {
		t.Errorf("the error is %v, want that of the reader", err)
	}
}

func TestScanEventsEndsWithTheErrorOfTake(t *testing.T) {
	want, n := errors.New("enough"), 0
	err := pomona.ScanEvents(strings.NewReader("data: 1\n\ndata: 2\n\n"), func(_, _, _ string) error { n++; return want })
	if err != want || n != 1 {
		t.Errorf("after %d events the error is %v, want %v after the first", n, err, want)
	}
}

func TestLongestEvent(t *testing.T) {
	const most = pomona.MaxEvent
	half := strings.Repeat("x", most/2)
	for _, c := range []struct {
		text string
		good bool
	}{
		{"data:" + strings.Repeat("x", most-len("data:")) + "\n\n", true},
		{"data:" + strings.Repeat("x", most-len("data:")) + "\r\n\r\n", true},
		{"data:" + strings.Repeat("x", most+2-len("data:")) + "\n\n", false},
		{":" + strings.Repeat("x", most+1) + "\n\ndata: x\n\n", false},
		{"data:" + half + "\ndata:" + half[1:] + "\n\n", true},
		{"data:" + half + "\ndata:" + half + "\n\n", false},
	} {
		events, err := scan(strings.NewReader(c.text))
		if good := len(events) == 1; good != c.good || good == strings.Contains(err.Error(), "longer than") {
			t.Errorf("%d bytes give %d events and the error %v", len(c.text), len(events), err)
		}
	}
}

// naive reads events in the plainest way.
func naive(text string) (events []string) {
	name, id, data := "", "", []string{}
	lines := strings.Split(text, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	for _, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if joined := strings.Join(data, "\n"); joined != "" {
				events = append(events, strings.Join([]string{name, id, joined}, "|"))
			}
			name, id, data = "", "", nil
		case field == "event":
			name = value
		case field == "id":
			id = value
		case field == "data":
			data = append(data, value)
		}
	}
	return events
}

// FuzzScanEvents: the events are those of a naive reader, however the text is cut
// into pieces.
func FuzzScanEvents(f *testing.F) {
	for _, c := range eventTexts {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 {
			return // reading it byte by byte takes too long, and it says nothing new
		}
		want := naive(text)
		for name, from := range map[string]io.Reader{
			"at once":       strings.NewReader(text),
			"byte by byte":  iotest.OneByteReader(strings.NewReader(text)),
			"with an error": iotest.DataErrReader(strings.NewReader(text)),
		} {
			got, err := scan(from)
			if diff := cmp.Diff(want, got); diff != "" || err == nil {
				t.Errorf("%q read %s gives the error %v (-want +got):\n%s", text, name, err, diff)
			}
		}
	})
}
