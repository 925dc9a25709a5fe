// Package broker runs a RabbitMQ for a test: on loopback alone, with a name, ports and
// a folder of its own, and its own epmd, so that it meets no other.
package broker

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/rootspush/roots/internal/testenv"
)

// server is Debian's, without the wrapper that changes the user.
const server = "/usr/lib/rabbitmq/bin/rabbitmq-server"

// patience is how long a broker may take to be ready.
const patience = 90 * time.Second

// A Broker is a RabbitMQ. Its methods are for the goroutine of the test.
type Broker struct {
	// URL is where it is heard, also after it was killed and started again.
	URL string

	t       testing.TB
	dir     string
	env     []string
	process *exec.Cmd
	says    bytes.Buffer // read once the process has ended
}

// Start starts a broker, and returns when it is ready. It ends with the test. Where
// there is no RabbitMQ the test is skipped as by [testenv.Missing].
func Start(t testing.TB) *Broker {
	t.Helper()
	if _, err := os.Stat(server); err != nil {
		testenv.Missing(t, "rabbitmq-server", "rabbitmq-server")
	}
	b := &Broker{t: t, dir: t.TempDir()}
	addr, names := testenv.FreeAddress(t), testenv.FreeAddress(t)
	b.URL = "amqp://guest:guest@" + addr + "/"
	b.startNames(names)
	file := func(name string) string { return filepath.Join(b.dir, name) }
	b.env = append(os.Environ(),
		"HOME="+b.dir, // for the cookie
		"RABBITMQ_NODENAME=templar"+port(addr)+"@localhost",
		"RABBITMQ_NODE_IP_ADDRESS=127.0.0.1",
		"RABBITMQ_NODE_PORT="+port(addr),
		"RABBITMQ_DIST_PORT="+port(testenv.FreeAddress(t)),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
		"RABBITMQ_MNESIA_BASE="+file("mnesia"),
		"RABBITMQ_LOG_BASE="+file("log"),
		"RABBITMQ_LOGS=-",
		"RABBITMQ_PID_FILE="+file("pid"),
		"RABBITMQ_CONFIG_FILE="+file("none"),
		"RABBITMQ_ADVANCED_CONFIG_FILE="+file("none.config"),
		"RABBITMQ_CONF_ENV_FILE="+file("none.env"),
		"RABBITMQ_ENABLED_PLUGINS_FILE="+file("plugins"),
		"ERL_EPMD_ADDRESS=127.0.0.1",
		"ERL_EPMD_PORT="+port(names),
	)
	t.Cleanup(b.end)
	b.Restart()
	return b
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// startNames starts the epmd, which tells Erlang's nodes where others are.
func (b *Broker) startNames(addr string) {
	b.t.Helper()
	names := exec.Command(testenv.Need(b.t, "epmd", "erlang-base"), "-address", "127.0.0.1", "-port", port(addr))
	if err := names.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		_ = names.Process.Kill()
		_ = names.Wait()
	})
}

// Restart starts the broker again after [Broker.Kill], and returns when it is ready.
func (b *Broker) Restart() {
	b.t.Helper()
	b.says.Reset()
	b.process = exec.Command(server)
	b.process.Env, b.process.Dir = b.env, b.dir
	b.process.Stdout, b.process.Stderr = &b.says, &b.says
	if err := b.process.Start(); err != nil {
		b.t.Fatal(err)
	}
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var conn *amqp.Connection
		if conn, err = amqp.Dial(b.URL); err == nil {
			_ = conn.Close()
			return
		}
	}
	b.t.Fatalf("RabbitMQ is not ready: %v", err)
}

// Kill ends the broker at once, as if the power had failed.
func (b *Broker) Kill() {
	b.t.Helper()
	if err := b.kill(); err != nil {
		b.t.Fatal(err)
	}
}

// kill ends the Erlang machine, after which the script that started it ends too.
func (b *Broker) kill() error {
	text, err := os.ReadFile(filepath.Join(b.dir, "pid"))
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("the file of the process says %q", text)
	}
	process, err := os.FindProcess(pid)
	if err == nil {
		err = process.Kill()
	}
	_ = b.process.Wait()
	return err
}

func (b *Broker) end() {
	if b.process.ProcessState == nil {
		if err := b.kill(); err != nil {
			_ = b.process.Process.Kill()
			_ = b.process.Wait()
		}
	}
	if b.t.Failed() {
		b.t.Logf("RabbitMQ said:\n%s", &b.says)
	}
}

// Channel returns a channel to the broker, which is closed with the test.
func (b *Broker) Channel(t testing.TB) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// Host returns where the broker is, without user and password.
func (b *Broker) Host() string {
	u, _ := url.Parse(b.URL)
	return u.Host
}
