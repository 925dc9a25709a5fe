package firenze_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/rootspush/roots/thestral"
)

// A crowd is a process full of clients, so that none of their memory, time and
// descriptors is taken for the server's.
type crowd struct {
	t        testing.TB
	process  *exec.Cmd
	commands io.WriteCloser
	says     *bufio.Scanner
}

// crowdVariable says to this program that it is to be a crowd: of how many, on
// which way, and where.
const crowdVariable = "ROOTS_TEST_CROWD"

func init() {
	if task := os.Getenv(crowdVariable); task != "" {
		if err := beCrowd(task); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// startCrowd starts one. Each client has begun a session, which it is to be told
// of before it does anything else.
func startCrowd(t testing.TB, addr, way string, n int) (c *crowd, sessions []string) {
	t.Helper()
	c = &crowd{t: t, process: exec.Command(os.Args[0])}
	c.process.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %s", crowdVariable, n, way, addr))
	c.process.Stderr = os.Stderr
	var err error
	if c.commands, err = c.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	c.says = bufio.NewScanner(out)
	for range n {
		sessions = append(sessions, c.hear())
	}
	return c, sessions
}

// hear returns the next line that the crowd says.
func (c *crowd) hear() string {
	c.t.Helper()
	if !c.says.Scan() || strings.HasPrefix(c.says.Text(), "error:") {
		c.t.Fatalf("the crowd failed: %s", c.says.Text())
	}
	return c.says.Text()
}

// command has the crowd do something, and returns when it has.
func (c *crowd) command(what string) {
	c.t.Helper()
	c.start(what)
	c.done(what)
}

func (c *crowd) start(what string) { fmt.Fprintln(c.commands, what) }

func (c *crowd) done(what string) {
	c.t.Helper()
	if said := c.hear(); said != what {
		c.t.Fatalf("the crowd was to %s, and said %q", what, said)
	}
}

// stop closes all connections. It may be called twice.
func (c *crowd) stop() {
	c.commands.Close()
	_ = c.process.Wait() // what went wrong was said
}

// beCrowd does what standard input says until that ends.
func beCrowd(task string) error {
	var n int
	var way, addr string
	if _, err := fmt.Sscan(task, &n, &way, &addr); err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	all := make([]*caller, n)
	for i := range all {
		c, err := call(addr, byPoll)
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.next(); err != nil {
			return err
		}
		c.way, all[i] = way, c
		fmt.Fprintln(out, c.reconnectWith)
	}
	for commands := bufio.NewScanner(os.Stdin); ; {
		_ = out.Flush() // there may be nobody any more
		if !commands.Scan() {
			return nil
		}
		if err := crowdCommands[commands.Text()](all); err != nil {
			return err
		}
		fmt.Fprintln(out, commands.Text())
	}
}

var crowdCommands = map[string]func([]*caller) error{
	// ask again on the same connection, whatever has come
	"ask": func(all []*caller) error {
		for _, c := range all {
			if err := c.ask(); err != nil {
				return err
			}
		}
		return nil
	},
	// take little from the network
	"shrink": func(all []*caller) error {
		for _, c := range all {
			if err := c.Conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
				return err
			}
		}
		return nil
	},
	// read until the end, which has to be a good one, with nothing lost
	"end": func(all []*caller) error {
		errs := make([]error, len(all))
		var reading sync.WaitGroup
		for i, c := range all {
			reading.Go(func() { errs[i] = c.readToEnd() })
		}
		reading.Wait()
		return errors.Join(errs...)
	},
}

// readToEnd reads the answer to a client that was let go.
func (c *caller) readToEnd() error {
	want := map[string]error{byPoll: nil, byEvents: io.EOF, bySocket: closing(1001)}[c.way]
	session, err := c.reconnectWith, error(nil)
	for first := true; first || c.way != byPoll && err == nil; first = false {
		var updates []thestral.Update
		if updates, err = c.next(); len(updates) > 0 || c.reconnectWith != session {
			return fmt.Errorf("%s is to go on with %s after %d updates", session, c.reconnectWith, len(updates))
		}
	}
	if err != want {
		return fmt.Errorf("by %s it ended with %v", c.way, err)
	}
	if n, err := io.Copy(io.Discard, c.in); n > 0 || err != nil {
		return fmt.Errorf("by %s %d more bytes came, and %v", c.way, n, err)
	}
	return nil
}
