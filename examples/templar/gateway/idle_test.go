//go:build linux

package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/testenv"
)

// crowdVariable says to this program that it is to be so many clients, and where.
const crowdVariable = "TEMPLAR_TEST_CROWD"

func init() {
	if task := os.Getenv(crowdVariable); task != "" {
		if err := beCrowd(task); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// beCrowd opens websockets, subscribes each to a room, and holds them until standard
// input ends.
func beCrowd(task string) error {
	var n int
	var addr string
	if _, err := fmt.Sscan(task, &n, &addr); err != nil {
		return err
	}
	for i := range n {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		fmt.Fprintf(conn, "GET /ws/?%d HTTP/1.1\r\nHost: h\r\nCookie: session=%032d\r\n%s\r\n\r\n", i, i, strings.Join(upgrade, "\r\n"))
		if _, err := http.ReadResponse(in, nil); err != nil {
			return err
		}
		p := &peer{Conn: conn, in: in}
		if _, err := conn.Write(masked(1, fmt.Sprintf(`{"type":"subscribe","room":{"customer":%d},"requestId":"%d"}`, i, i))); err != nil {
			return err
		}
		for range 2 {
			if _, _, err := p.frame(); err != nil {
				return err
			}
		}
	}
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// TestIdle tells what 5,000 clients cost that wait, each let into a room of its own, and
// holds that none has a goroutine, and each less than 6 KiB of memory that is in use.
func TestIdle(t *testing.T) {
	clients := 5000
	if testenv.Race() {
		clients = 500
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < uint64(clients)+100 {
		t.Skipf("this needs %d descriptors; see ulimit -n", clients+100)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	backend := answers(func(r *http.Request) (gateway.Access, error) {
		return letIn(`{"customer":` + r.URL.RawQuery + `}`)(r)
	})
	s := newSite(t, gateway.Options{Backend: backend}, listener)
	before := measure()
	crowd := exec.Command(os.Args[0])
	crowd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", crowdVariable, clients, listener.Addr()))
	hold, err1 := crowd.StdinPipe()
	says, err2 := crowd.StdoutPipe()
	if err1 != nil || err2 != nil || crowd.Start() != nil {
		t.Fatal(err1, err2)
	}
	defer crowd.Wait()
	defer hold.Close()
	if line, err := bufio.NewReader(says).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the crowd says %q, %v", line, err)
	}
	s.wantStatus(gateway.Status{OpenConnections: clients, Rooms: clients, Received: uint64(clients)})
	after := measure()
	heap, stack := (after.heap-before.heap)/clients, (after.stack-before.stack)/clients
	t.Logf("%d clients, each with %d bytes of heap and %d of stack, and %d goroutines more in all", clients, heap, stack, after.goroutines-before.goroutines)
	if after.goroutines-before.goroutines > 20 {
		t.Error("clients have goroutines")
	}
	if heap+stack > 6<<10 && !testenv.Race() {
		t.Error("clients cost too much")
	}
}

type size struct{ heap, stack, goroutines int }

func measure() size {
	runtime.GC()
	runtime.GC() // so that what pools held is gone too
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return size{int(m.HeapAlloc), int(m.StackInuse), runtime.NumGoroutine()}
}
