package pomona

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// answerTime is how long a poll may take. Firenze holds it for 30 s.
	answerTime = 45 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes. A queue of Firenze
	// holds 1 MiB of messages, and JSON may make six bytes of one.
	maxAnswer = 8 << 20
)

// readPoll hears Firenze by one request, whose answer comes when there is
// something to say. To ask twice with the same reconnectWith is harmless, so
// what fails is simply done again.
func (c *Client) readPoll(ctx context.Context, h *hearing) error {
	response, err := c.request(ctx, http.MethodGet, c.newest(), nil, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return unwanted(response)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(body) > maxAnswer {
		return fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return h.takeJSON(body)
}

// takeJSON gets an answer in the form that it has in a poll and in a WebSocket.
func (h *hearing) takeJSON(text []byte) error {
	var a answer
	if json.Unmarshal(text, &a) != nil {
		return errForm
	}
	return h.take(a)
}
