package firenze_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/firenze"
)

// send asks for a session on a connection, and lets the request come as far as
// it can.
func send(conn net.Conn, session string) {
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n", session)
	synctest.Wait()
}

// TestSlowReader: a client that does not read its answer is cut off after the
// time for that. Whoever publishes, and every other client, does not notice, and
// the session keeps the message.
func TestSlowReader(t *testing.T) {
	for name, message := range map[string]string{"short": "m", "long": strings.Repeat("m", 100_000)} {
		t.Run(name, func(t *testing.T) {
			bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
				n := serve(t, r)
				slow, other := r.open(), r.open()
				conn := n.connect(t)
				send(conn, slow)
				p := r.poll(other)
				pass(time.Second)

				start := time.Now()
				r.tell(slow, message)
				r.tell(other, "1")
				if took := time.Since(start); took != 0 {
					t.Errorf("publishing took %v", took)
				}
				pass(0)
				other = p.want(time.Second, "1")
				p = r.poll(other)
				pass(firenze.WriteTimeout - 1)
				r.tell(slow, "2") // while the answer is still being written
				r.tell(other, "2")
				pass(0)
				p.want(firenze.WriteTimeout-1, "2")

				pass(2)
				if _, err := io.ReadAll(conn); err != nil || time.Since(start) != firenze.WriteTimeout+1 {
					t.Errorf("the connection ended with %v after %v", err, time.Since(start))
				}
				if len(message) < 1000 {
					r.poll(slow).want(0, message, "2")
					return
				}
				slow = r.poll(slow).want(0, message) // an answer takes no more after so much
				r.poll(slow).want(0, "2")
			})
		})
	}
}

// TestDeadlineEndsWithTheAnswer: the connection may be used again as late as the
// client likes.
func TestDeadlineEndsWithTheAnswer(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		conn := serve(t, r).connect(t)
		reader := bufio.NewReader(conn)
		session := r.open()
		for range 3 {
			start := time.Now()
			send(conn, session)
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil || time.Since(start) != firenze.DefaultHold {
				t.Errorf("answered after %v: %v", time.Since(start), err)
			}
			pass(2 * firenze.WriteTimeout)
		}
	})
}

// TestClosedConnection: the client goes while its poll waits, and comes back.
func TestClosedConnection(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		conn := serve(t, r).connect(t)
		session := r.open()
		send(conn, session)
		pass(10 * time.Second)
		conn.Close()
		synctest.Wait()
		r.tell(session, "1")
		pass(firenze.Absence - firenze.Tick)
		r.poll(session).want(0, "1")
	})
}

// TestSlowBody: no request needs a body, so one that dribbles in is not waited
// for longer than the time for that.
func TestSlowBody(t *testing.T) {
	bubble(t, firenze.Options{}, func(t *testing.T, r *rig) {
		conn := serve(t, r).connect(t)
		start := time.Now()
		fmt.Fprintf(conn, "POST /%s/bye HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf", r.open())
		if _, err := io.ReadAll(conn); err != nil || time.Since(start) != firenze.BodyTimeout {
			t.Errorf("the connection ended with %v after %v", err, time.Since(start))
		}
	})
}
