package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	broker "github.com/nats-io/nats-server/v2/server"

	"github.com/rootspush/roots/internal/loopback"
)

func (s *server) closeBroker() {
	if s.broker != nil {
		s.broker.Shutdown()
		s.broker.WaitForShutdown()
	}
}

// brokerPatience is how long the embedded server may take to listen.
const brokerPatience = 5 * time.Second

// openBroker starts a NATS server in this process.
func openBroker(c *natsConfig, name string) (*broker.Server, error) {
	options, err := c.brokerOptions(name)
	if err != nil {
		return nil, err
	}
	b, err := broker.NewServer(options)
	if err != nil {
		return nil, err
	}
	b.SetLogger(brokerLog{}, false, false)
	b.Start()
	if !b.ReadyForConnections(brokerPatience) {
		b.Shutdown()
		return nil, fmt.Errorf("the embedded server could not begin to listen on %q", net.JoinHostPort(options.Host, strconv.Itoa(options.Port)))
	}
	return b, nil
}

func (c *natsConfig) brokerOptions(name string) (*broker.Options, error) {
	addr := c.listen
	if addr == "" {
		addr = natsListen
	}
	open := loopback.Check(addr)
	switch {
	case open != nil && c.token == "":
		return nil, fmt.Errorf("refusing to listen on %q without nats-token, because whoever reaches it rules all nodes: %w", addr, open)
	case open != nil && c.cert == "":
		slog.Warn("the token and all updates between nodes cross the network as clear text, --nats-cert and --nats-key would encrypt them", "address", addr)
	}
	l, err := net.Listen("tcp", addr) // the server of NATS does not say what is wrong
	if err != nil {
		return nil, err
	}
	defer l.Close()
	at := l.Addr().(*net.TCPAddr)
	options := &broker.Options{ServerName: name, Host: at.IP.String(), Port: at.Port, Authorization: c.token, NoSigs: true}
	if c.cert == "" {
		return options, nil
	}
	t := &broker.TLSConfigOpts{CertFile: c.cert, KeyFile: c.key, CaFile: c.ca, Verify: c.ca != ""}
	options.TLS, options.TLSVerify, options.TLSTimeout = true, t.Verify, brokerPatience.Seconds()
	options.TLSConfig, err = broker.GenTLSConfig(t)
	return options, err
}

// brokerLog takes what the embedded server says.
type brokerLog struct{}

func (brokerLog) Noticef(format string, v ...any) { brokerSays(slog.LevelDebug, format, v) }
func (brokerLog) Debugf(format string, v ...any)  { brokerSays(slog.LevelDebug, format, v) }
func (brokerLog) Tracef(format string, v ...any)  { brokerSays(slog.LevelDebug, format, v) }
func (brokerLog) Warnf(format string, v ...any)   { brokerSays(slog.LevelWarn, format, v) }
func (brokerLog) Errorf(format string, v ...any)  { brokerSays(slog.LevelError, format, v) }
func (brokerLog) Fatalf(format string, v ...any)  { brokerSays(slog.LevelError, format, v) }

func brokerSays(level slog.Level, format string, v []any) {
	slog.Log(context.Background(), level, "the embedded NATS server says", "text", fmt.Sprintf(format, v...))
}
