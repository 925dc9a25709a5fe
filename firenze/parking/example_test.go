package parking_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/rootspush/roots/firenze/parking"
)

// A board answers each GET with the next notice that is posted.
type board struct {
	lot     *parking.Lot
	arrived func() // called when one more waits

	mu      sync.Mutex // guards what is below
	waiting map[*reader]bool
}

// A reader waits for a notice, parked if it can be.
type reader struct {
	board  *board
	conn   *parking.Conn // nil if it is not parked
	notice chan string   // otherwise
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := &reader{board: b, notice: make(chan string, 1)}
	b.mu.Lock()
	conn, err := b.lot.Park(w, r, n)
	n.conn = conn
	b.waiting[n] = true
	b.mu.Unlock()
	b.arrived()
	if err == nil {
		return // and no goroutine waits
	}
	select {
	case notice := <-n.notice:
		_, _ = io.WriteString(w, notice)
	case <-r.Context().Done():
		b.forget(n)
	}
}

// Post answers all who wait.
func (b *board) Post(notice string) {
	b.mu.Lock()
	waiting := b.waiting
	b.waiting = map[*reader]bool{}
	b.mu.Unlock()
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(notice), notice)
	for n := range waiting {
		if n.conn == nil {
			n.notice <- notice
			continue
		}
		_, _ = n.conn.Write(answer) // if it fails, the reader is told Gone
	}
}

// forget reports whether the reader was still waiting.
func (b *board) forget(n *reader) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	waited := b.waiting[n]
	delete(b.waiting, n)
	return waited
}

// Read gets the next request, which the server is to handle, unless it came
// before the answer to the last.
func (n *reader) Read(c *parking.Conn, data, b []byte) []byte {
	if n.board.forget(n) {
		c.Close()
	} else {
		c.Return(data)
	}
	return b
}

func (n *reader) Ready(_ *parking.Conn, b []byte) []byte { return b }

func (n *reader) Gone(*parking.Conn, error) { n.board.forget(n) }

// Example is a long poll. Between the request and the answer, and between the
// answer and the next request, no goroutine waits for the client.
func Example() {
	lot := parking.New(parking.Options{})
	arrived := make(chan bool)
	b := &board{lot: lot, arrived: func() { arrived <- true }, waiting: map[*reader]bool{}}
	server := httptest.NewServer(b)
	defer server.Close()
	defer lot.Close()

	go func() {
		for _, notice := range []string{"the bridge is open", "the bridge is closed"} {
			<-arrived
			b.Post(notice)
		}
	}()
	for range 2 { // over one connection
		resp, err := http.Get(server.URL)
		if err != nil {
			fmt.Println(err)
			return
		}
		notice, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.Status, string(notice))
	}
	// Output:
	// 200 OK the bridge is open
	// 200 OK the bridge is closed
}
