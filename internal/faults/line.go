package faults

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"
)

// A line is a connection for requests, one after the other. It is dialled when
// it is needed.
type line struct {
	addr string
	conn net.Conn
	in   *bufio.Reader
}

// ask sends a request and returns the answer, all of which has to come within
// patience. After an error, or if the answer is not read to its
// end, the line has to be closed.
func (l *line) ask(r *http.Request, patience time.Duration) (*http.Response, error) {
	if l.conn == nil {
		conn, err := net.DialTimeout("tcp", l.addr, patience)
		if err != nil {
			return nil, err
		}
		l.conn, l.in = conn, bufio.NewReader(conn)
	}
	l.giveUpAfter(patience)
	if err := r.Write(l.conn); err != nil {
		return nil, err
	}
	return http.ReadResponse(l.in, r)
}

// fetch asks, and reads the whole answer.
func (l *line) fetch(r *http.Request, patience time.Duration) (status int, body []byte, err error) {
	answer, err := l.ask(r, patience)
	if err == nil {
		status = answer.StatusCode
		body, err = io.ReadAll(answer.Body)
	}
	if err != nil || answer.Close {
		l.close()
	}
	return status, body, err
}

func (l *line) giveUpAfter(d time.Duration) { l.conn.SetDeadline(time.Now().Add(d)) }

func (l *line) close() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}
