package main

import (
	"net"
	"sync/atomic"
	"time"
)

// The time-out that a connector is given where it is to run out, and what the
// stage then takes in all. One that waits for that sees success.
const (
	timeout = 2 * time.Second // so that no step of a slow answer takes as long, on a busy machine either
	tooLong = 6 * timeout
)

// silenceRules are about answers that don't come, or not as answers.
var silenceRules = []rule{
	{"cut", func(t *trial) {
		s := t.stage(cuts(""), takes)
		t.fails(none, none, "update", "p", "m")
		t.asked(s, 1)
		s = t.stage(takes, cuts(""), takes) // a kept connection gives no right to ask twice
		t.passes("update", "p", "1")
		t.fails(none, none, "update", "p", "2")
		t.asked(s, 2)
	}},
	{"cut-answer", func(t *trial) {
		for _, text := range []string{"HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Len", "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + success,
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" + success + "\r\n"} {
			t.stage(cuts(text))
			t.fails(none, none, "update", "p", "m")
		}
	}},
	{"garbage", func(t *trial) {
		for _, text := range []string{"not HTTP\r\n\r\n", "\r\n\r\n" + success, "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc OK\r\n\r\n"} {
			t.stage(cuts(text))
			t.fails(none, none, "update", "p", "m")
		}
	}},
	{"nobody", func(t *trial) {
		t.makes("http://" + t.deaf() + "/")
		t.fails(none, none, "update", "p", "m")
		t.makes("unix:/no/such/folder/dudley.sock")
		t.fails(none, none, "update", "p", "m")
	}},
	{"timeout", func(t *trial) {
		s := t.impatient(timeout, drips(tooLong, httpAnswer(200, success)))
		if a := t.fails(none, none, "update", "p", "m"); t.fault == nil && a.Cause != "timeout" {
			t.failf("the call gave %v, want the cause \"timeout\"", a)
		}
		if n := len(s.sent()); n > 1 {
			t.failf("%d requests came, want one at most", n)
		}
	}},
	{"slow", func(t *trial) {
		text := httpAnswer(200, success)
		drops := letters(text)
		t.impatient(timeout, drips(tooLong/time.Duration(len(drops)), drops...))
		t.fails(none, none, "update", "p", "m")
		head := text[:len(text)-len(success)]
		t.impatient(timeout, drips(tooLong/time.Duration(len(success)), append([]string{head}, letters(success)...)...))
		t.fails(none, none, "update", "p", "m")
	}},
	{"endless", func(t *trial) {
		for beginning, text := range map[string]string{
			"HTTP/1.1 200 OK\r\n\r\n": " ", "HTTP/1.1 200 OK\r\nX: ": "x", "HTTP/1.1 200 OK\r\n": "X: x\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n": "10\r\n" + success + " \r\n",
		} {
			var taken atomic.Int32
			t.stage(pours(beginning, text, &taken))
			a := t.ask(request{Call: "update", Args: []any{"p", "m"}})
			if t.fault == nil && (a.Error == nil || taken.Load() > pourings/2) {
				t.failf("after %q the call gave %v when %d MiB were read, want an error long before", beginning, a, taken.Load())
			}
		}
	}},
}

// deaf gives an address where nobody listens, nor will while the trial lasts:
// the port is held by a connection. A port that was merely free is soon taken,
// by another trial that then hears what this one sends.
func (t *trial) deaf() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.failf("%v", err)
		return ""
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.failf("%v", err)
		return ""
	}
	t.cleanups = append(t.cleanups, func() { conn.Close() })
	return conn.LocalAddr().String()
}

// impatient is like stage, for a connector whose time-out is to run out.
func (t *trial) impatient(timeout time.Duration, acts ...act) *stage {
	s := t.plays(acts...)
	t.makesWith(request{URL: "http://" + s.addr() + "/", Timeout: timeout.Seconds()})
	return s
}
