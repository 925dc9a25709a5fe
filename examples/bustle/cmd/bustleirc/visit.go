package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"time"
)

const (
	quiet    = 150 * time.Second // without a word the server is asked whether it is there, and after twice that it is not
	patience = 10 * time.Second  // for the server to take a line
	maxNick  = 30                // bytes, with what was added to it
)

// A visit is one connection to the server.
type visit struct {
	*bot
	conn net.Conn
	nick string // by which the server knows the bot
}

// visit sits in the channel until something goes wrong, which it returns, or ctx ends.
func (b *bot) visit(ctx context.Context) error {
	conn, err := b.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	v := &visit{b, conn, b.name}
	left := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(left)
		_ = v.send("QUIT") // good manners, no more
		conn.Close()
	})
	defer func() {
		if !stop() {
			<-left
		}
	}()
	if err := errors.Join(v.send("NICK "+v.nick), v.send("USER "+b.name+" 0 * :bustle")); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(watched{v}, maxLine)
	for {
		m, err := readMessage(lines)
		if err == nil {
			err = v.handle(m)
		}
		if err != nil {
			return err
		}
	}
}

func (v *visit) send(line string) error {
	if err := v.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := v.conn.Write([]byte(line + "\r\n"))
	return err
}

// watched reads from the server, and asks whether it is there when it is silent.
type watched struct{ *visit }

func (w watched) Read(p []byte) (int, error) {
	n, err := w.read(p)
	if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	if err := w.send("PING :bustle"); err != nil {
		return 0, err
	}
	return w.read(p)
}

func (w watched) read(p []byte) (int, error) {
	if err := w.conn.SetReadDeadline(time.Now().Add(quiet)); err != nil {
		return 0, err
	}
	return w.conn.Read(p)
}

// handle does what a message asks for. An error ends the visit.
func (v *visit) handle(m message) error {
	switch m.command {
	case "PING":
		return v.send("PONG :" + m.last())
	case "001": // welcome
		v.nick = m.param(0)
		return v.send("JOIN " + v.channel)
	case "433": // the nick is taken
		return v.rename()
	case "NICK":
		if strings.EqualFold(m.from, v.nick) {
			v.nick = m.param(0)
		}
	case "JOIN":
		if strings.EqualFold(m.from, v.nick) {
			slog.Info("the bot listens", "channel", v.channel, "nick", v.nick)
		}
	case "PRIVMSG":
		if strings.EqualFold(m.param(0), v.channel) {
			return v.hear(m.from, m.last())
		}
	case "KICK":
		if strings.EqualFold(m.param(1), v.nick) {
			return fmt.Errorf("the bot was kicked: %.200q", m.last())
		}
	case "ERROR", "403", "405", "432", "437", "451", "461", "464", "465", "471", "473", "474", "475", "476", "477":
		return fmt.Errorf("the server refuses: %s %.200q", m.command, m.last())
	}
	return nil
}

// rename asks for another nick.
func (v *visit) rename() error {
	if len(v.nick) >= maxNick {
		return fmt.Errorf("every nick up to %q is taken", v.nick)
	}
	v.nick += "_"
	return v.send("NICK " + v.nick)
}

// codes are what colours text in IRC, and other control characters.
var codes = regexp.MustCompile(`\x03(\d{1,2}(,\d{1,2})?)?|\p{Cc}`)

// hear takes in what somebody said in the channel.
func (v *visit) hear(from, text string) error {
	text = codes.ReplaceAllString(strings.ToValidUTF8(text, "\ufffd"), "")
	said, toBot := v.addressed(text)
	if !toBot {
		v.noise()
		return nil
	}
	if err := v.shout(said); err != nil {
		return v.send(fmt.Sprintf("NOTICE %s :%.300s", from, codes.ReplaceAllString(err.Error(), "")))
	}
	return nil
}

// addressed returns what is said to the bot by its name, with ":" or "," behind it.
func (v *visit) addressed(text string) (said string, ok bool) {
	name := len(v.nick)
	if len(text) <= name || !strings.EqualFold(text[:name], v.nick) || text[name] != ':' && text[name] != ',' {
		return "", false
	}
	said = strings.TrimSpace(text[name+1:])
	return said, said != ""
}
