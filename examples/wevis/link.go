package wevis

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// MaxQueued is how many bytes may wait to be sent to one peer, beside what is
// being sent. A peer that lets more wait is too slow, and its connection ends:
// nothing is ever dropped from the middle.
const MaxQueued = 1 << 20

// FlushTime is how long an end waits for its peer to take what is queued still.
const FlushTime = 5 * time.Second

const (
	// writeTime is how long a peer may take to accept chunk bytes.
	writeTime = 5 * time.Second
	chunk     = 64 << 10
	// partingTime is how long a peer is listened to that was told that all is
	// over. To close earlier could make the network forget what was told.
	partingTime = time.Second
)

var (
	// ErrClosed is the error of queueing for somebody whose connection is over.
	ErrClosed = errors.New("wevis: the connection is over")
	errSlow   = fmt.Errorf("it let more than %d bytes wait", MaxQueued)
)

// past is a deadline that is over.
var past = time.Unix(1, 0)

// A link is a connection as both ends see it: it reads messages, and queues them
// for one goroutine that writes. Its context ends with the cause why it must go.
type link struct {
	conn     net.Conn
	protocol *Protocol
	in       *bufio.Reader
	ctx      context.Context
	end      context.CancelCauseFunc
	release  func()        // from now on the end of ctx stops no reading
	written  chan struct{} // closed when the writer has ended
	finished sync.Once

	mu      sync.Mutex // guards what is below
	filled  sync.Cond  // waiting or ending has changed
	waiting []byte     // frames
	ending  bool       // nothing more is queued
}

// newLink starts the writer, which finish ends. When ctx ends nothing more is read.
func newLink(ctx context.Context, conn net.Conn, protocol *Protocol) *link {
	l := &link{conn: conn, protocol: protocol, in: bufio.NewReader(conn), written: make(chan struct{})}
	l.ctx, l.end = context.WithCancelCause(ctx)
	l.filled.L = &l.mu
	done := make(chan struct{})
	stop := context.AfterFunc(l.ctx, func() {
		_ = conn.SetReadDeadline(past)
		close(done)
	})
	l.release = func() {
		if !stop() {
			<-done
		}
	}
	go l.write()
	return l
}

// queue takes a message to be sent, or refuses it in the caller.
func (l *link) queue(m *Message) error {
	frame := m.Frame()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending {
		return ErrClosed
	}
	if len(l.waiting) > 0 && len(l.waiting)+len(frame) > MaxQueued {
		l.abandon()
		l.end(errSlow)
		return ErrClosed
	}
	l.waiting = append(l.waiting, frame...)
	l.filled.Signal()
	return nil
}

// queueOwn queues a message of the library itself.
func (l *link) queueOwn(name string, values Values) {
	m, err := l.protocol.New(name, values)
	if err != nil { // MaxFrame allows less than a login takes
		l.end(err)
		return
	}
	_ = l.queue(m) // if it is over, the reader finds out
}

// abandon forgets what waits, and ends a write that goes on. The caller holds
// the lock.
func (l *link) abandon() {
	l.ending, l.waiting = true, nil
	l.filled.Signal()
	_ = l.conn.Close()
}

func (l *link) write() {
	defer close(l.written)
	var batch []byte
	for {
		if batch = l.take(batch); batch == nil {
			return
		}
		if err := l.send(batch); err != nil {
			l.mu.Lock()
			l.abandon()
			l.mu.Unlock()
			l.end(fmt.Errorf("it takes nothing: %w", err))
			return
		}
	}
}

// take gives back a batch that was sent and waits for the next. It returns nil
// when all is sent and nothing more will come.
func (l *link) take(sent []byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.ending {
		l.filled.Wait()
	}
	if len(l.waiting) == 0 {
		return nil
	}
	if cap(sent) > chunk {
		sent = nil // an idle peer costs no large buffer
	}
	batch := l.waiting
	l.waiting = sent[:0]
	return batch
}

func (l *link) send(batch []byte) error {
	for len(batch) > 0 {
		n := min(chunk, len(batch))
		_ = l.conn.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := l.conn.Write(batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// receive waits for a message whose frame is not longer than max bytes. When the
// link must go its error says why, after what had come before. Only one goroutine
// may call it.
func (l *link) receive(max int) (*Message, error) {
	body, err := l.readFrame(max)
	if err != nil {
		return nil, cmp.Or(context.Cause(l.ctx), err)
	}
	return l.protocol.Decode(body)
}

// readFrame returns what follows the length of the next frame that is not empty.
// Memory is taken as bytes come in, not as a length promises them.
func (l *link) readFrame(max int) ([]byte, error) {
	var prefix [lengthSize]byte
	for {
		if _, err := io.ReadFull(l.in, prefix[:]); err != nil {
			return nil, err
		}
		n := int64(wire.Uint32(prefix[:]))
		if n > int64(max) {
			return nil, fmt.Errorf("wevis: a frame of %d bytes came, at most %d are allowed", n, max)
		}
		if n == 0 {
			continue
		}
		var body bytes.Buffer
		if got, err := io.CopyN(&body, l.in, n); err != nil {
			return nil, fmt.Errorf("wevis: a frame ended after %d of %d bytes: %v", got, n, err)
		}
		return body.Bytes(), nil
	}
}

// finish sends what is queued, as long as ctx and [FlushTime] allow it, closes
// the connection and waits for the writer. Nobody may be in receive any more. It
// may be called twice.
func (l *link) finish(ctx context.Context) {
	l.finished.Do(func() {
		l.release()
		l.end(ErrClosed)
		ctx, cancel := context.WithTimeout(ctx, FlushTime)
		defer cancel()
		stop := context.AfterFunc(ctx, func() { _ = l.conn.Close() })
		defer stop()
		l.flush()
		l.part()
		_ = l.conn.Close()
	})
}

// flush has the writer end when all is sent, and waits for it.
func (l *link) flush() {
	l.mu.Lock()
	l.ending = true
	l.filled.Signal()
	l.mu.Unlock()
	<-l.written
}

// part tells the peer that nothing more comes, and waits until it has closed too.
func (l *link) part() {
	half, ok := l.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = l.conn.SetReadDeadline(time.Now().Add(partingTime))
	_, _ = io.Copy(io.Discard, l.in)
}
