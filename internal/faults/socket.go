package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/rootspush/roots/thestral"
)

// maxFrame is more than a Firenze ever has to say.
const maxFrame = 16 << 20

// overSocket asks by WebSocket, takes a few frames, and sends a batch if that is
// wanted.
func (c *Client) overSocket(send bool) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	giveUp := time.AfterFunc(c.Patience, cancel)
	defer giveUp.Stop()
	conn, err := c.dialSocket(ctx)
	if conn == nil {
		return err
	}
	defer conn.CloseNow()
	var b *batch
	for range 1 + c.random.IntN(most) {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return ofClose(err)
		}
		a, err := c.takeAnswer(text)
		if err != nil && wasCut(ctx, conn, text) {
			return nil
		}
		if err != nil {
			return err
		}
		if b != nil && a.Received == b.number {
			c.acknowledge(b)
		}
		if b == nil && send {
			c.requests.Add(1)
			b = c.nextBatch()
			c.sendFrame(ctx, conn, frame{b.updates, b.number, c.reconnectWith})
		} else if c.oneIn(3) {
			c.sendFrame(ctx, conn, frame{Confirm: c.reconnectWith})
		}
		giveUp.Reset(min(quiet, c.Patience))
	}
	return nil
}

// wasCut says whether a message is the beginning of one that the network cut off. The
// library takes it for whole if the connection ends just where it looks for more; then
// nothing can follow.
func wasCut(ctx context.Context, conn *websocket.Conn, text []byte) bool {
	if json.Valid(text) {
		return false
	}
	_, _, err := conn.Read(ctx)
	return err != nil && ctx.Err() == nil && websocket.CloseStatus(err) == -1
}

// dialSocket returns nil if the network does not let it. The error says what is
// wrong with the answer.
func (c *Client) dialSocket(ctx context.Context) (*websocket.Conn, error) {
	c.requests.Add(1)
	conn, answer, err := websocket.Dial(ctx, "ws://"+c.Addr+c.target(), &websocket.DialOptions{HTTPClient: c.socket})
	switch {
	case err == nil:
		conn.SetReadLimit(maxFrame)
		return conn, nil
	case answer != nil && answer.StatusCode != http.StatusSwitchingProtocols:
		return nil, fmt.Errorf("a WebSocket was asked for, and %s came", answer.Status)
	}
	return nil, nil
}

// ofClose tells a close frame that blames the client from all that the network
// may do.
func ofClose(err error) error {
	switch websocket.CloseStatus(err) {
	case -1, websocket.StatusNormalClosure, websocket.StatusGoingAway:
		return nil
	}
	return fmt.Errorf("a WebSocket was closed: %w", err)
}

// A frame is what a client sends.
type frame struct {
	Updates []thestral.Update `json:"updates,omitempty"`
	Number  uint64            `json:"number,omitempty"`
	Confirm string            `json:"confirm"`
}

// sendFrame sends one. Should that fail, so will the next read.
func (c *Client) sendFrame(ctx context.Context, conn *websocket.Conn, f frame) {
	text, _ := json.Marshal(f) // of this nothing can fail
	conn.Write(ctx, websocket.MessageText, text)
}
