package main

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]message{
		"PING :a server":                       {"", "PING", []string{"a server"}},
		"ping x":                               {"", "PING", []string{"x"}},
		":ann!a@host PRIVMSG #town :HI: WORLD": {"ann", "PRIVMSG", []string{"#town", "HI: WORLD"}},
		":ann!a@host PRIVMSG #town HI":         {"ann", "PRIVMSG", []string{"#town", "HI"}},
		":ann!a@host PRIVMSG #town :":          {"ann", "PRIVMSG", []string{"#town", ""}},
		":irc.town 001 bustle :Welcome":        {"irc.town", "001", []string{"bustle", "Welcome"}},
		"@time=now :ann JOIN :#town":           {"ann", "JOIN", []string{"#town"}},
		"MODE  #town   +o  ann":                {"", "MODE", []string{"#town", "+o", "ann"}},
		":only a prefix":                       {"only", "A", []string{"prefix"}},
		"QUIT":                                 {"", "QUIT", []string{}},
		"":                                     {},
		":ann":                                 {from: "ann"},
		"@tags":                                {},
		":":                                    {},
	} {
		if diff := cmp.Diff(want, parse(line), cmp.AllowUnexported(message{})); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func TestReadMessage(t *testing.T) {
	long := "PRIVMSG #town :" + strings.Repeat("x", maxLine-len("PRIVMSG #town :\n"))
	r := bufio.NewReaderSize(strings.NewReader("\r\n \r\n:ann\nPING 1\r\n"+long+"\nPING 2\n"+long+"x\n"), maxLine)
	for _, want := range []string{"1", long[len("PRIVMSG #town :"):], "2"} {
		m, err := readMessage(r)
		if err != nil || m.last() != want {
			t.Fatalf("%.80q, %v; want %.80q", m.last(), err, want)
		}
	}
	if _, err := readMessage(r); !errors.Is(err, bufio.ErrBufferFull) {
		t.Errorf("a line that is too long: %v", err)
	}
	if _, err := readMessage(bufio.NewReader(strings.NewReader("PING"))); !errors.Is(err, io.EOF) {
		t.Errorf("half a line: %v", err)
	}
}

// FuzzHandle: whatever a server sends, the bot does not panic, and no line that it sends is two.
func FuzzHandle(f *testing.F) {
	for _, line := range []string{
		"PING :x", "001", ":x 001 nick :hello", "433", ":bustle NICK", ":bustle KICK #town bustle :out", "KICK",
		":ann!a@b PRIVMSG #town :bustle: HI", "PRIVMSG", ":ann PRIVMSG #town", "PRIVMSG #town :bustle:", ":\x00 PRIVMSG #town :\x03bustle: \xff",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		line, _, _ = strings.Cut(line, "\n")
		v, sent, _ := newVisit()
		_ = v.handle(parse(strings.TrimRight(line, "\r")))
		_ = v.handle(parse(":ann!a@b PRIVMSG #town :" + line))
		for _, text := range *sent {
			if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\r\n") {
				t.Errorf("%q makes it send %q", line, text)
			}
		}
	})
}
