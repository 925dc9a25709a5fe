// Bustleirc sits in a channel of IRC, and tells bustle when there is noise in the chat room.
//
//	bustleirc --server irc.example.org:6667 --channel '#town'
//
// It runs in an account of its own, as everything that speaks to bustle does, and writes to
// the spool of that.
//
//	in the channel                    in the feed
//	somebody says something           you hear faint noise in the chat room
//	somebody says "bustle: HI WORLD"  someone shouts, 'HI WORLD'
//
// # Guarantees
//
//   - Nothing that is said in the channel is told, and not by whom: the bot writes that there
//     is noise, and no more often than every ten seconds. What is said to the bot by its name
//     is what somebody wants to be told. What is said to it in private is not heard at all.
//   - A shout without its colours and control characters, and short enough for a line of the
//     spool, is written. Who shouts too much is told so.
//   - A connection that ends, is silent for five minutes in spite of being asked, or gets
//     nonsense, is begun anew: after a second, and each time after twice as long, up to five
//     minutes. So is one from which the bot is kicked, banned or kept out.
//   - The bot sends nothing to the channel. Whatever a server sends, memory is bounded.
//   - A spool that can't be written to is complained about in the log, and the bot goes on.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/rootspush/roots/examples/bustle/spool"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

// word is what may be the name of a channel or of somebody: nothing that would end a command.
var word = regexp.MustCompile(`^[^\s,:\x00-\x1f][^\s,\x00-\x1f]{0,49}$`)

// run sits in the channel until ctx ends.
func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bustleirc", flag.ExitOnError)
	server := flags.String("server", "127.0.0.1:6667", "the `address` of the IRC server")
	encrypted := flags.Bool("tls", false, "speak TLS with it, usually at port 6697")
	b := new(bot)
	flags.StringVar(&b.name, "nick", "bustle", "the `name` of the bot; with _ behind it if that is taken")
	flags.StringVar(&b.channel, "channel", "", "the `channel` to sit in, such as '#town'")
	path := flags.String("spool", "", "the `file` to write to (default ~/"+spool.Name+")")
	_ = flags.Parse(args) // exits by itself

	if !word.MatchString(b.name) || !word.MatchString(b.channel) || flags.NArg() > 0 {
		return errors.New("it must be: bustleirc --server HOST:PORT --channel '#NAME' [--nick NAME] [--tls] [--spool FILE]")
	}
	if *path == "" {
		var err error
		if *path, err = spool.Default(); err != nil {
			return err
		}
	}
	b.tell = func(line spool.Line) error { return spool.Append(*path, line) }
	b.dial = dialer(*server, *encrypted)
	b.run(ctx)
	return nil
}

// dialer returns what connects to a server. The name in the address must be that of its
// certificate.
func dialer(server string, encrypted bool) func(ctx context.Context) (net.Conn, error) {
	plain := &net.Dialer{Timeout: 30 * time.Second}
	dial := plain.DialContext
	if encrypted {
		dial = (&tls.Dialer{NetDialer: plain}).DialContext
	}
	return func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(ctx, "tcp", server)
		if err != nil {
			return nil, fmt.Errorf("connecting to the IRC server: %w", err)
		}
		return conn, nil
	}
}
