package imperio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/rootspush/roots/thestral"
)

// MaxConnections is how many connections one Serve holds open. Each buffers one
// line, so all of them together take 65 MiB at the most. One more is closed at
// once, and logged.
const MaxConnections = 256

// Serve takes updates from the connections of listener and hands them, with no
// sender, to receiver, which stands behind a [thestral.Queue] if it may wait.
// It never sends anything. Connections may be idle for ever.
//
//	a line                               what happens
//	path; message                        is handed on, control paths too
//	::exit                               the connection ends
//	breaks a limit or an escape          is refused and logged, the next one counts
//	too long, not UTF-8                  is logged, and the connection ends
//	GET / HTTP/1.1, or any such          likewise: a browser at the wrong door,
//	                                     whose headers would pass for updates
//	without a line feed at the end       is logged and dropped: it was cut
//
// Serve runs until ctx ends and then returns nil. If somebody else closes the
// listener it returns an error; any other failure to accept is logged and tried
// again after a second. Whenever it returns, the listener and all connections
// are closed and their goroutines have ended.
func (s *Server) Serve(ctx context.Context, listener net.Listener, receiver thestral.Thestral) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		<-ctx.Done()
		listener.Close()
	})
	next := thestral.Prompted(receiver)
	places := make(chan struct{}, MaxConnections)
	for {
		conn, err := accept(ctx, listener)
		if conn == nil {
			return err
		}
		select {
		case places <- struct{}{}:
			running.Go(func() {
				s.serve(ctx, conn, next)
				<-places
			})
		default:
			conn.Close()
			s.refused.Add(1)
			slog.Warn("a connection is refused, too many are open", "remote", conn.RemoteAddr(), "limit", MaxConnections)
		}
	}
}

// accept waits for the next connection. It returns none when ctx has ended, and
// an error besides if the listener was closed before.
func accept(ctx context.Context, listener net.Listener) (net.Conn, error) {
	for {
		conn, err := listener.Accept()
		switch {
		case err == nil:
			return conn, nil
		case ctx.Err() != nil:
			return nil, nil
		case errors.Is(err, net.ErrClosed):
			return nil, fmt.Errorf("only the end of the context may close the listener: %w", err)
		}
		// Most likely the process has no file descriptor left, which passes.
		slog.Warn("a connection could not be accepted", "error", err)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// serve serves one connection until it ends, or ctx.
func (s *Server) serve(ctx context.Context, conn net.Conn, next thestral.Thestral) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := s.receive(conn, next); err != nil && !errors.Is(err, net.ErrClosed) {
		s.malformed.Add(1)
		slog.Warn("a connection is ended", "remote", conn.RemoteAddr(), "error", err)
	}
}

// receive hands the lines of a connection on and returns why that ended, nil
// if all was well.
func (s *Server) receive(conn net.Conn, next thestral.Thestral) error {
	for line, err := range lines(conn, MaxLine) {
		switch {
		case err != nil:
			return err
		case !utf8.ValidString(line):
			return fmt.Errorf("line %.80q is not UTF-8 text", line)
		case request.MatchString(line):
			return fmt.Errorf("%.80q is an HTTP request, here an update is a line \"path; message\"", line)
		case line == "::exit":
			return nil
		}
		path, message, err := ParseFrame(line)
		if err == nil {
			err = thestral.CheckUpdate(path, message)
		}
		if err != nil {
			s.malformed.Add(1)
			slog.Warn("a line is refused", "remote", conn.RemoteAddr(), "error", err)
			continue
		}
		s.handOn(next, path, message)
	}
	return nil
}

// request is the first line of an HTTP request. The method may be any token:
// a page can make its browser send one of its own invention.
var request = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+ \\S+ HTTP/[0-9.]+$")
