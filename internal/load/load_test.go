//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestQuick measures everything once, with few clients, and looks whether all
// messages came. The figures themselves mean nothing.
func TestQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server for each measure, and takes about a minute")
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-quick", "-json", "-servers", "roots,nethttp,epoll"}, &out, t.Output()); err != nil {
		t.Fatal(err)
	}
	var rows []row
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		name := strings.Join([]string{r.Measure, r.Transport, r.Server}, " ")
		got = append(got, name)
		if r.Note != "" {
			t.Errorf("%s: %s", name, r.Note)
		}
		if r.Figures["lost"] != 0 || r.Figures["doubled"] != 0 {
			t.Errorf("%s: %v lost, %v doubled", name, r.Figures["lost"], r.Figures["doubled"])
		}
	}
	if diff := cmp.Diff(wanted(), got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func wanted() []string {
	var all []string
	for _, measure := range []string{"memory", "fanout", "fanout16", "unicast", "batch", "latency"} {
		for _, transport := range []string{"poll", "sse", "websocket"} {
			all = append(all, measure+" "+transport+" roots")
			if measure == "batch" {
				continue
			}
			if transport != "websocket" {
				all = append(all, measure+" "+transport+" nethttp")
			}
			all = append(all, measure+" "+transport+" epoll")
		}
	}
	return all
}

// TestCheck gives a client messages as a bad server would.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name          string
		numbers       []int
		sent          int
		lost, doubled int
	}{
		{"all", []int{0, 1, 2}, 3, 0, 0},
		{"none", nil, 3, 3, 0},
		{"the first lost", []int{1, 2}, 3, 1, 0},
		{"one in the middle lost", []int{0, 2}, 3, 1, 0},
		{"the last lost", []int{0, 1}, 3, 1, 0},
		{"one doubled", []int{0, 1, 1, 2}, 3, 0, 1},
		{"an old one again", []int{0, 1, 2, 0}, 3, 0, 1},
		{"out of order", []int{0, 2, 1}, 3, 1, 1},
		{"one too many", []int{0, 1, 2, 3}, 3, 0, 1},
	} {
		l := &load{driver: &driver{}, subject: subject{dialect: firenze{}}}
		client := &client{load: l, sent: c.sent}
		l.clients = append(l.clients, client)
		body := []byte(`{"updates":[`)
		for _, n := range c.numbers {
			body = append(appendMessage(append(body, `{"message":"`...), n, now()), `"},`...)
		}
		if err := client.read(nil, body); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		l.missing()
		if l.lost != c.lost || l.doubled != c.doubled {
			t.Errorf("%s: %d lost and %d doubled, should be %d and %d", c.name, l.lost, l.doubled, c.lost, c.doubled)
		}
	}
}

// TestSplit feeds the transports streams in pieces of every size.
func TestSplit(t *testing.T) {
	text := string(appendMessage(nil, 0, 0)) + string(appendMessage(nil, 1, 0))
	for name, stream := range map[string]string{
		"sse":         "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " + text[:messageSize] + "\n\n:\n\ndata: " + text[messageSize:] + "\n\n",
		"sse chunked": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n6\r\ndata: \r\nc8\r\n" + text + "\r\n2\r\n\n\n\r\n",
		"websocket":   "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x64" + text[:messageSize] + "\x81\x7e\x00\x64" + text[messageSize:],
	} {
		for size := 1; size <= len(stream); size++ {
			l := &load{driver: &driver{}, subject: subject{dialect: nchan{}}}
			c := &client{load: l, sent: 2}
			l.clients = append(l.clients, c)
			kind, _, _ := strings.Cut(name, " ")
			feed(t, transports[kind].reader(c), []byte(stream), size)
			if l.missing(); l.delivered != 2 || l.lost != 0 || l.doubled != 0 {
				t.Fatalf("%s in pieces of %d bytes: %d messages, %d lost, %d doubled", name, size, l.delivered, l.lost, l.doubled)
			}
		}
	}
}

// feed gives a reader all data, a few bytes more each time, as the driver does.
func feed(t *testing.T, r reader, data []byte, size int) {
	t.Helper()
	start := 0
	for end := min(size, len(data)); ; end = min(end+size, len(data)) {
		for {
			n, err := r.take(data[start:end])
			if err != nil {
				t.Fatal(err)
			}
			start += n
			if n == 0 || start == end {
				break
			}
		}
		if end == len(data) {
			return
		}
	}
}

func TestSummarize(t *testing.T) {
	rows := []*row{
		{Measure: "m", Transport: "t", Server: "roots", main: "rate", rounds: []figures{{"rate": 300, "lost": 1}, {"rate": 100}, {"rate": 200, "lost": 2}}},
		{Measure: "m", Transport: "t", Server: "nchan", main: "rate", rounds: []figures{{"rate": 100}, {"rate": 100}}},
		{Measure: "m", Transport: "u", Server: "epoll", main: "rate", rounds: []figures{{"rate": 50}}},
		{Measure: "m", Transport: "t", Server: "epoll", main: "rate", Note: "not there"},
	}
	summarize(rows)
	want := []figures{
		{"rate": 200, "lost": 3, "nchan": 2, "spread": 100},
		{"rate": 100, "nchan": 1, "spread": 0},
		{"rate": 50, "epoll": 1},
		{},
	}
	for i, r := range rows {
		if diff := cmp.Diff(want[i], r.Figures); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestLimit(t *testing.T) {
	most := descriptors() - reserve
	for _, c := range []struct{ idle, clients, wantIdle, wantClients int }{
		{most, 1, most, 1},
		{most + 1, 1, most, 1},
		{1, most + 1, 1, most},
	} {
		var warning bytes.Buffer
		s := sizes{idle: c.idle, clients: c.clients}
		s.limit(&warning)
		if s.idle != c.wantIdle || s.clients != c.wantClients {
			t.Errorf("%d and %d clients become %d and %d", c.idle, c.clients, s.idle, s.clients)
		}
		if warned := warning.Len() > 0; warned != (max(c.idle, c.clients) > most) {
			t.Errorf("%d and %d clients: the warning is %q", c.idle, c.clients, &warning)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-servers", "apache"}, {"-transports", "pigeon"}, {"-measures", "beauty"}, {"-measures", ""}, {"-clients", "many"}, {"-x"},
	} {
		if err := run(t.Context(), args, t.Output(), t.Output()); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
