package dudley_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dudley"
)

// connections returns what makes connections, with both ends.
func connections(t *testing.T) map[string]func() (near, far net.Conn) {
	dial := func(network, address string) func() (near, far net.Conn) {
		listener, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		return func() (near, far net.Conn) {
			far, err := net.Dial(network, listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			near, err = listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			return near, far
		}
	}
	return map[string]func() (near, far net.Conn){
		"tcp":  dial("tcp", "127.0.0.1:0"),
		"unix": dial("unix", filepath.Join(t.TempDir(), "socket")),
	}
}

// dawn is long ago.
var dawn = time.Unix(1, 0)

// reset has conn break, rather than end, where there is that difference.
func reset(conn net.Conn) {
	if socket, ok := conn.(*net.TCPConn); ok {
		socket.SetLinger(0)
	}
	conn.Close()
}

// TestDirect: to read and write directly comes to the same as to read and write the
// connection.
func TestDirect(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcde\n"), 1<<19) // more than sockets hold
	for kind, connect := range connections(t) {
		for name, use := range map[string]func(say func(...any), near, far net.Conn, direct io.ReadWriter){
			"reads": func(say func(...any), near, far net.Conn, direct io.ReadWriter) {
				b := make([]byte, 4)
				go func() { io.WriteString(far, "ab"); far.Close() }()
				n, err := io.ReadFull(direct, b[:1])
				say(n, err, string(b))
				n, err = direct.Read(nil)
				say(n, err)
				n, err = direct.Read(b[1:])
				say(n, err, string(b))
				n, err = direct.Read(b)
				say(n, err)
			},
			"waits": func(say func(...any), near, far net.Conn, direct io.ReadWriter) {
				b := make([]byte, 4)
				for i := range 100 {
					go func() { io.WriteString(far, fmt.Sprint(1000+i)) }()
					n, err := io.ReadFull(direct, b)
					say(n, err, string(b))
				}
			},
			"too late to read": func(say func(...any), near, far net.Conn, direct io.ReadWriter) {
				b := make([]byte, 4)
				near.SetReadDeadline(dawn)
				n, err := direct.Read(b)
				say(n, err)
				near.SetReadDeadline(time.Time{})
				go func() { io.WriteString(far, "ab") }()
				n, err = direct.Read(b)
				say(n, err, string(b))
				near.SetReadDeadline(dawn)
				n, err = direct.Read(b)
				say(n, err)
				near.SetReadDeadline(time.Time{})
				time.AfterFunc(time.Millisecond, func() { near.SetReadDeadline(dawn) })
				n, err = direct.Read(b)
				say(n, err)
			},
			"closed": func(say func(...any), near, far net.Conn, direct io.ReadWriter) {
				time.AfterFunc(time.Millisecond, func() { near.Close() })
				n, err := direct.Read(make([]byte, 4))
				say(n, err)
				n, err = direct.Write(long)
				say(n, err)
			},
			"broken": func(say func(...any), near, far net.Conn, direct io.ReadWriter) {
				reset(far)
				n, err := direct.Read(make([]byte, 4))
				say(n, err)
				for err = nil; err == nil; {
					_, err = direct.Write(long)
				}
				say(err)
			},
			"writes": func(say func(...any), near, far net.Conn, direct io.ReadWriter) {
				came := make(chan []byte)
				go func() { all, _ := io.ReadAll(far); came <- all }()
				for _, b := range [][]byte{{}, []byte("first"), long, []byte("last")} {
					n, err := direct.Write(b)
					say(n, err)
				}
				near.Close()
				all := <-came
				say(len(all), bytes.Equal(all, append(append([]byte("first"), long...), "last"...)))
			},
			"too late to write": func(say func(...any), near, far net.Conn, direct io.ReadWriter) {
				near.SetWriteDeadline(dawn)
				n, err := direct.Write(long)
				say(n, err)
				near.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
				n, err = direct.Write(long)
				say(n < len(long), err)
				near.Close()
				all, _ := io.ReadAll(far)
				say(bytes.Equal(all, long[:n]))
			},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				record := func(of func(net.Conn) io.ReadWriter) (said []string) {
					near, far := connect()
					defer near.Close()
					defer far.Close()
					use(func(values ...any) {
						for i, v := range values {
							if err, ok := v.(error); ok {
								values[i] = kindOf(err)
							}
						}
						said = append(said, fmt.Sprint(values...))
					}, near, far, of(near))
					return said
				}
				want := record(func(conn net.Conn) io.ReadWriter { return conn })
				if diff := cmp.Diff(want, record(dudley.Direct)); diff != "" {
					t.Errorf("(-the connection +directly):\n%s", diff)
				}
			})
		}
	}
}

// kindOf returns what is alike in the errors of a connection and of its socket.
func kindOf(err error) error {
	for _, kind := range []error{io.EOF, net.ErrClosed, os.ErrDeadlineExceeded, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return err
}

// TestDirectOnly: a bare socket is used directly where that is possible, and what may do
// more than its socket never.
func TestDirectOnly(t *testing.T) {
	near, far := connections(t)["tcp"]()
	defer near.Close()
	defer far.Close()
	if got := dudley.Direct(near); (got != io.ReadWriter(near)) != (runtime.GOOS == "linux") {
		t.Errorf("a socket is used as %T", got)
	}
	own := struct{ *net.TCPConn }{near.(*net.TCPConn)}
	if got := dudley.Direct(own); got != io.ReadWriter(own) {
		t.Errorf("a connection of another kind is used as %T", got)
	}
}
