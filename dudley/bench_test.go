//go:build unix

package dudley_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

// BenchmarkServer tells the CPU time, in the program and in the kernel, that
// one request costs a server, and beside it what it costs with a handler that
// does nothing, one that gives the same answer without a thought, and a Dudley that
// reads repeated posts by itself. The requests come over real connections that stay
// open, from another process, whose time does not count. What a machine has beside
// this to do spoils the figures: of several runs the lowest is the truest.
func BenchmarkServer(b *testing.B) {
	repeats := dudley.New(nobody{}, dudley.Options{RepeatsSkipMiddleware: true})
	defer repeats.Close()
	handlers := map[string]http.Handler{
		"nothing": http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		"same":    http.HandlerFunc(sameAnswer),
		"dudley":  dudley.New(nobody{}, dudley.Options{}),
		"repeats": repeats,
	}
	batch1, _ := batch(1)
	batch100, _ := batch(100)
	for _, request := range []struct{ name, text string }{
		{"text", post("/my/data", "text number 1")},
		{"batch of 1", post("/", batch1)},
		{"batch of 100", post("/", batch100)},
	} {
		for _, conns := range []int{1, 10} {
			for _, name := range []string{"nothing", "same", "dudley", "repeats"} {
				b.Run(fmt.Sprintf("%s/conns=%d/%s", request.name, conns, name), func(b *testing.B) {
					benchmark(b, handlers[name], request.text, conns)
				})
			}
		}
	}
}

// nobody hears everything and does nothing.
type nobody struct{}

func (nobody) Update(thestral.Thestral, string, string) {}
func (nobody) Next() []thestral.Thestral                { return nil }

func sameAnswer(w http.ResponseWriter, r *http.Request) {
	io.ReadAll(r.Body)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	io.WriteString(w, taken)
}

func benchmark(b *testing.B, h http.Handler, request string, conns int) {
	server := httptest.NewUnstartedServer(h)
	server.Config.ReadTimeout = 10 * time.Second // as a server that faces others has one
	server.Start()
	defer server.Close()
	each := b.N/conns + 1
	client := exec.Command(os.Args[0], server.Listener.Addr().String(), strconv.Itoa(conns), strconv.Itoa(each))
	client.Env = append(os.Environ(), asClient+"=1")
	client.Stdin = strings.NewReader(request)
	before := used(b)
	if out, err := client.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	cpu := used(b) - before
	b.ReportMetric(float64(cpu.Nanoseconds())/1000/float64(conns*each), "cpu-µs/request")
}

// used returns the CPU time of this process.
func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// asClient is set in the environment of the process that sends the requests.
const asClient = "DUDLEY_BENCHMARK_CLIENT"

func TestMain(m *testing.M) {
	if os.Getenv(asClient) == "" {
		m.Run()
		return
	}
	if err := client(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// client sends what it reads from standard input, over some connections at the
// same time and over each of them many times.
func client(addr, conns, each string) error {
	request, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(conns)
	times, _ := strconv.Atoi(each)
	faults := make(chan error, n)
	for range n {
		go func() { faults <- send(addr, request, times) }()
	}
	for range n {
		if err := <-faults; err != nil {
			return err
		}
	}
	return nil
}

func send(addr string, request []byte, times int) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	answer := make([]byte, 4096) // the server writes each at once
	for range times {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		n, err := conn.Read(answer)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(answer[:n], []byte("HTTP/1.1 200 OK\r\n")) {
			return fmt.Errorf("answered %q", answer[:n])
		}
	}
	return nil
}
