package pomona

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	// confirmTime is how long what was received is not confirmed at the most.
	confirmTime = time.Second
	// maxUnconfirmed is how many messages are not confirmed at the most. Firenze
	// keeps 1,000.
	maxUnconfirmed = 300
)

// readSocket hears Firenze by WebSocket: each frame is an answer.
func (c *Client) readSocket(ctx context.Context, h *hearing) error {
	socket, response, err := websocket.Dial(ctx, c.url+c.newest(), &websocket.DialOptions{
		HTTPClient:     c.options.HTTP,
		OnPingReceived: func(context.Context, []byte) bool { h.alive(); return true },
	})
	if response != nil && err != nil {
		return unwanted(response)
	}
	if err != nil {
		return keyless(err)
	}
	defer socket.CloseNow()
	socket.SetReadLimit(maxAnswer)
	r := &receipts{due: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
	var sending sync.WaitGroup
	defer sending.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sending.Go(func() { r.send(ctx, socket, c) })
	for {
		if err := h.readFrame(ctx, socket, r); err != nil {
			return err
		}
	}
}

func (h *hearing) readFrame(ctx context.Context, socket *websocket.Conn, r *receipts) error {
	_, frame, err := socket.Reader(ctx)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(pulse{frame, h})
	if err != nil {
		return err
	}
	if err := h.takeJSON(text); err != nil {
		return err
	}
	r.note(h.messages)
	return nil
}

// receipts tell Firenze what was received, so that it need not keep it.
type receipts struct {
	due      chan struct{} // holds one if anything is to be confirmed
	hurry    chan struct{} // holds one if that is much
	messages int           // that came
	hurried  int           // how many these were at the last hurry
}

// note gets how many messages came by now.
func (r *receipts) note(messages int) {
	if messages > r.messages {
		wake(r.due)
	}
	r.messages = messages
	if messages-r.hurried >= maxUnconfirmed {
		r.hurried = messages
		wake(r.hurry)
	}
}

// send confirms until ctx ends. If that fails, the one who reads the socket
// learns why.
func (r *receipts) send(ctx context.Context, socket *websocket.Conn, c *Client) {
	for {
		select {
		case <-r.due:
		case <-ctx.Done():
			return
		}
		select {
		case <-r.hurry:
		case <-time.After(confirmTime):
		case <-ctx.Done():
			return
		}
		select {
		case <-r.due: // what came meanwhile goes along
		default:
		}
		frame, _ := json.Marshal(map[string]string{"confirm": c.newest()}) // a string can always be encoded
		_ = socket.Write(ctx, websocket.MessageText, frame)
	}
}
