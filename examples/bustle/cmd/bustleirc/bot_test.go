package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/bustle/spool"
)

func TestMain(m *testing.M) {
	if os.Getenv("BE_BUSTLEIRC") != "" {
		main()
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // that the server goes away is a part of the tests
	os.Exit(m.Run())
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const noise = `{"kind":"noise","place":"chat"}`

// A wire takes what the bot sends.
type wire struct {
	net.Conn
	sent *[]string
}

func (w wire) SetWriteDeadline(time.Time) error { return nil }

func (w wire) Write(text []byte) (int, error) {
	*w.sent = append(*w.sent, string(text))
	return len(text), nil
}

// newVisit returns a visit to #town, what it sends, and what it tells.
func newVisit() (v *visit, sent, told *[]string) {
	sent, told = new([]string), new([]string)
	b := &bot{name: "bustle", channel: "#town", tell: func(line spool.Line) error {
		*told = append(*told, line.String())
		return nil
	}}
	return &visit{b, wire{sent: sent}, b.name}, sent, told
}

// TestHear: what is said, what is told of it, and what is answered.
func TestHear(t *testing.T) {
	for line, c := range map[string]struct{ told, sent string }{
		":ann!a@b PRIVMSG #town :hello all":                               {told: noise},
		":ann!a@b PRIVMSG #TOWN :hello all":                               {told: noise},
		":ann!a@b PRIVMSG #town :\x01ACTION dances\x01":                   {told: noise},
		":ann!a@b PRIVMSG #town :bustle is a bot":                         {told: noise},
		":ann!a@b PRIVMSG #town :bustle:":                                 {told: noise},
		":ann!a@b PRIVMSG #town :bustle: HI WORLD":                        {told: `{"kind":"shout","text":"HI WORLD","anon":true}`},
		":ann!a@b PRIVMSG #town :Bustle,HI":                               {told: `{"kind":"shout","text":"HI","anon":true}`},
		":ann!a@b PRIVMSG #town :\x02bustle:\x02 \x0304,12red\x03\x1b[2J": {told: `{"kind":"shout","text":"red[2J","anon":true}`},
		":ann!a@b PRIVMSG #town :bustle: \xff":                            {told: `{"kind":"shout","text":"` + "\ufffd" + `","anon":true}`},
		":ann!a@b PRIVMSG #town :bustle: " + strings.Repeat("a", 500):     {sent: "NOTICE ann :the text is too long: its line would have 539 bytes, at most 512 are allowed\r\n"},
		":ann!a@b PRIVMSG bustle :HI in private":                          {},
		":ann!a@b PRIVMSG #other :hello":                                  {},
		":ann!a@b NOTICE #town :hello":                                    {},
		":ann!a@b JOIN :#town":                                            {},
	} {
		v, sent, told := newVisit()
		ok(t, v.handle(parse(line)))
		if diff := cmp.Diff([2]string{c.told, c.sent}, [2]string{strings.Join(*told, " "), strings.Join(*sent, " ")}); diff != "" {
			t.Errorf("%.80q: %s", line, diff)
		}
	}
}

// TestHush: noise is told once in ten seconds, a shout always.
func TestHush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, _, told := newVisit()
		said := parse(":ann!a@b PRIVMSG #town :hello")
		for range 1000 {
			ok(t, v.handle(said))
		}
		time.Sleep(hush - 1)
		ok(t, v.handle(said))
		ok(t, v.handle(parse(":ann!a@b PRIVMSG #town :bustle: {")))
		time.Sleep(1 * time.Nanosecond)
		ok(t, v.handle(said))
		want := []string{noise, `{"kind":"shout","text":"{","anon":true}`, noise}
		if diff := cmp.Diff(want, *told); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSpoolFails: the bot goes on.
func TestSpoolFails(t *testing.T) {
	v, _, _ := newVisit()
	v.tell = func(spool.Line) error { return errors.New("the disk is full") }
	ok(t, v.handle(parse(":ann!a@b PRIVMSG #town :hello")))
	ok(t, v.handle(parse(":ann!a@b PRIVMSG #town :bustle: HI")))
}

// TestHandshake: the bot takes another name if its own is taken, and what the server calls it.
func TestHandshake(t *testing.T) {
	v, sent, told := newVisit()
	for _, line := range []string{
		":s 433 * bustle :taken", ":s 433 * bustle_ :taken", ":s 001 bustle__ :Welcome", "PING :are you there",
		":bustle__!b@c NICK :bot", ":bustle__!b@c NICK :other", ":ann!a@b PRIVMSG #town :bot: HI",
		":s KICK #town ann :out",
	} {
		ok(t, v.handle(parse(line)))
	}
	want := []string{"NICK bustle_\r\n", "NICK bustle__\r\n", "JOIN #town\r\n", "PONG :are you there\r\n"}
	if diff := cmp.Diff(want, *sent); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`{"kind":"shout","text":"HI","anon":true}`}, *told); diff != "" {
		t.Error(diff)
	}
	for line, wrong := range map[string]string{
		":s KICK #town bot :out":                                 "kicked: \"out\"",
		"ERROR :Closing link":                                    "refuses: ERROR \"Closing link\"",
		":s 474 bot #town :Cannot join channel (+b)":             "refuses: 474 \"Cannot join channel (+b)\"",
		":s 432 * bustle :Erroneous nickname":                    "refuses: 432",
		":s 473 bot #town :" + strings.Repeat("invite only", 99): "refuses: 473",
	} {
		if err := v.handle(parse(line)); err == nil || !strings.Contains(err.Error(), wrong) || len(err.Error()) > 300 {
			t.Errorf("%q: %v", line, err)
		}
	}
	v.nick = strings.Repeat("b", maxNick-1)
	ok(t, v.handle(parse(":s 433 * b :taken")))
	if err := v.handle(parse(":s 433 * b :taken")); err == nil || !strings.Contains(err.Error(), "is taken") {
		t.Errorf("no name is left: %v", err)
	}
}

// TestDelays: who can't connect tries again later and later, and soon after a while that went well.
func TestDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		begun := time.Now()
		var tries []time.Duration
		b := &bot{name: "bustle", channel: "#town"}
		b.dial = func(ctx context.Context) (net.Conn, error) {
			tries = append(tries, time.Since(begun))
			if len(tries) == 12 {
				time.Sleep(settled)
			}
			if len(tries) == 14 {
				stop()
			}
			return nil, errors.New("nobody listens")
		}
		b.run(ctx)
		var waits []time.Duration
		for i := range tries[1:] {
			waits = append(waits, (tries[i+1]-tries[i]).Round(time.Second)/time.Second)
		}
		if diff := cmp.Diff([]time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 121, 2}, waits); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSilence: a server that says nothing is asked, and left if it does not answer.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		server, heard, ended := visitPipe(t.Context())
		time.Sleep(quiet + time.Second) // asked by now
		if _, err := server.Write([]byte("PONG :bustle\r\n")); err != nil {
			t.Fatal(err)
		}
		err := <-ended
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begun) != 3*quiet+time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		want := "NICK bustle\r\nUSER bustle 0 * :bustle\r\nPING :bustle\r\nPING :bustle\r\n"
		if diff := cmp.Diff(want, <-heard); diff != "" {
			t.Error(diff)
		}
	})
}

// visitPipe lets a bot visit a server that reads what it says, and returns what that was when
// the visit has ended.
func visitPipe(ctx context.Context) (server net.Conn, heard chan string, ended chan error) {
	server, conn := net.Pipe()
	heard, ended = make(chan string, 1), make(chan error, 1)
	go func() {
		text, _ := io.ReadAll(server)
		heard <- string(text)
	}()
	b := &bot{name: "bustle", channel: "#town", dial: func(context.Context) (net.Conn, error) { return conn, nil }}
	go func() { ended <- b.visit(ctx) }()
	return server, heard, ended
}

// TestGoodBye: a bot that is ended says so.
func TestGoodBye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		_, heard, ended := visitPipe(ctx)
		synctest.Wait()
		stop()
		if err := <-ended; err == nil {
			t.Error("the visit goes on")
		}
		if diff := cmp.Diff("NICK bustle\r\nUSER bustle 0 * :bustle\r\nQUIT\r\n", <-heard); diff != "" {
			t.Error(diff)
		}
	})
}

// TestArguments: what can't be a name or a channel is refused before anything is done.
func TestArguments(t *testing.T) {
	for _, args := range [][]string{
		{}, {"--channel", ""}, {"--channel", "#a b"}, {"--channel", "#a\r\nQUIT"}, {"--channel", "#a,#b"},
		{"--channel", "#a", "--nick", ""}, {"--channel", "#a", "--nick", "a b"}, {"--channel", "#a", "--nick", ":a"},
		{"--channel", "#" + strings.Repeat("a", 50)}, {"--channel", "#a", "more"},
	} {
		if err := run(t.Context(), args); err == nil || !strings.Contains(err.Error(), "it must be: bustleirc") {
			t.Errorf("%q: %v", args, err)
		}
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	t.Setenv("HOME", t.TempDir())
	ok(t, run(ended, []string{"--channel", "#" + strings.Repeat("a", 49)}))
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("HOME"), "*")); len(left) > 0 {
		t.Errorf("it has written %q", left)
	}
}
