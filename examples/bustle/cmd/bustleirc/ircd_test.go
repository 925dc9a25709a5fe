package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rootspush/roots/internal/testenv"
)

// waitAtMost is how long anything is waited for at most.
const waitAtMost = 60 * time.Second

// An ircd is a real IRC server on this machine.
type ircd struct {
	t       *testing.T
	address string
	config  string
	process *exec.Cmd
}

func startIRCd(t *testing.T) *ircd {
	t.Helper()
	address := testenv.FreeAddress(t)
	_, port, err := net.SplitHostPort(address)
	ok(t, err)
	folder := t.TempDir()
	s := &ircd{t: t, address: address, config: filepath.Join(folder, "ngircd.conf")}
	ok(t, os.WriteFile(s.config, fmt.Appendf(nil, `[Global]
Name = irc.town.example
Info = town
Listen = 127.0.0.1
Ports = %s
ServerUID = %d
ServerGID = %d
MotdPhrase = Welcome
[Limits]
MaxConnectionsIP = 0
MaxJoins = 0
[Options]
PAM = no
DNS = no
Ident = no
`, port, os.Getuid(), os.Getgid()), 0o600))
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *ircd) start() {
	s.t.Helper()
	s.process = exec.Command(testenv.Need(s.t, "ngircd", "ngircd"), "--nodaemon", "--config", s.config)
	ok(s.t, s.process.Start())
}

func (s *ircd) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// A person sits in the channel with a client.
type person struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// enter connects somebody as soon as the server is there, and enters the channel.
func (s *ircd) enter(nick string) *person {
	s.t.Helper()
	var conn net.Conn
	var err error
	for end := time.Now().Add(waitAtMost); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if conn, err = net.Dial("tcp", s.address); err == nil {
			break
		}
	}
	ok(s.t, err)
	s.t.Cleanup(func() { conn.Close() })
	p := &person{s.t, conn, bufio.NewReader(conn)}
	p.say("NICK " + nick)
	p.say("USER " + nick + " 0 * :" + nick)
	p.hear(" 001 ")
	p.say("JOIN #town")
	p.hear(" 366 ")
	return p
}

func (p *person) say(line string) {
	p.t.Helper()
	_, err := fmt.Fprintf(p.conn, "%s\r\n", line)
	ok(p.t, err)
}

// hear waits for a line with a text in it.
func (p *person) hear(text string) string {
	p.t.Helper()
	ok(p.t, p.conn.SetReadDeadline(time.Now().Add(waitAtMost)))
	for {
		line, err := p.in.ReadString('\n')
		if err != nil {
			p.t.Fatalf("waiting for %q: %v", text, err)
		}
		if strings.Contains(line, text) {
			return line
		}
	}
}

// waitFor waits until bot sits in the channel.
func (p *person) waitFor(bot string) {
	p.t.Helper()
	for {
		p.say("NAMES #town")
		if names := p.hear(" 353 "); strings.Contains(" "+strings.NewReplacer(":", " ", "@", " ", "\r\n", " ").Replace(names), " "+bot+" ") {
			return
		}
		p.hear(" 366 ")
		time.Sleep(20 * time.Millisecond)
	}
}

// startBot runs the bot until the test ends, and returns its spool.
func startBot(t *testing.T, args ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "irc.spool")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- run(ctx, append(args, "--channel", "#town", "--spool", path)) }()
	t.Cleanup(func() {
		stop()
		ok(t, <-ended)
	})
	return path
}

// waitForSpool waits until a spool has these lines, and no others.
func waitForSpool(t *testing.T, path string, lines ...string) {
	t.Helper()
	want := strings.Join(lines, "\n") + "\n"
	var got []byte
	for end := time.Now().Add(waitAtMost); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got, _ = os.ReadFile(path); string(got) == want {
			return
		}
	}
	t.Fatalf("the spool has\n%swant\n%s", got, want)
}

func shoutOf(text string) string { return `{"kind":"shout","text":"` + text + `","anon":true}` }

// TestIRCd: the bot sits in a channel of a real server, tells that there is noise and no word of
// it, shouts what it is told to, and comes back when it was kicked and when the server was away.
func TestIRCd(t *testing.T) {
	t.Parallel()
	server := startIRCd(t)
	ann := server.enter("ann") // the operator of the channel, for she is the first
	spool := startBot(t, "--server", server.address)
	ann.waitFor("bustle")
	ann.say("PRIVMSG #town :a secret of the channel")
	waitForSpool(t, spool, noise)
	ann.say("PRIVMSG #town :bustle: HI WORLD")
	waitForSpool(t, spool, noise, shoutOf("HI WORLD"))
	ann.say("PRIVMSG bustle :a secret of ann")
	ann.say("PRIVMSG #town :bustle: " + strings.Repeat(`"`, 300))
	if answer := ann.hear("NOTICE"); !strings.Contains(answer, "NOTICE ann :the text is too long") {
		t.Errorf("ann is told %q", answer)
	}
	ann.say("KICK #town bustle :out")
	ann.hear("KICK")
	ann.waitFor("bustle") // again
	ann.say("PRIVMSG #town :bustle: STILL HERE")
	waitForSpool(t, spool, noise, shoutOf("HI WORLD"), shoutOf("STILL HERE"))

	server.kill()
	server.start()
	eve := server.enter("eve")
	eve.waitFor("bustle")
	eve.say("PRIVMSG #town :bustle: AND HERE")
	waitForSpool(t, spool, noise, shoutOf("HI WORLD"), shoutOf("STILL HERE"), shoutOf("AND HERE"))
}

// TestNickTaken: somebody has the name of the bot.
func TestNickTaken(t *testing.T) {
	t.Parallel()
	server := startIRCd(t)
	other := server.enter("bustle")
	spool := startBot(t, "--server", server.address)
	other.waitFor("bustle_")
	other.say("PRIVMSG #town :bustle_: HI")
	waitForSpool(t, spool, shoutOf("HI"))
}

// TestTerminated: the bot that is ended by a signal leaves, and ends well.
func TestTerminated(t *testing.T) {
	t.Parallel()
	server := startIRCd(t)
	ann := server.enter("ann")
	bot := exec.Command(os.Args[0], "--server", server.address, "--channel", "#town", "--nick", "owl")
	bot.Env = append(os.Environ(), "BE_BUSTLEIRC=1", "HOME="+t.TempDir())
	ok(t, bot.Start())
	ann.waitFor("owl")
	ok(t, bot.Process.Signal(syscall.SIGTERM))
	if err := bot.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	ann.hear("QUIT")
}
