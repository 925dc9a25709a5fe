package websocket_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/rootspush/roots/internal/websocket"
)

// The bytes come in any pieces; here the message is the RFC's own, and the
// client closes after it.
func Example() {
	came := []byte("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" + "\x88\x82\x00\x00\x00\x00\x03\xe8")
	var reader websocket.Reader
	for piece := range bytes.SplitAfterSeq(came, []byte{0x21}) {
		over := reader.Feed(piece, func(op websocket.Opcode, payload []byte) *websocket.Closing {
			if op == websocket.Binary {
				return &websocket.Closing{Code: websocket.UnsupportedData, Reason: "only text is spoken here"}
			}
			fmt.Printf("%s, answered by %q\n", payload, websocket.Append(nil, op, payload))
			return nil
		})
		if over != nil {
			fmt.Printf("closed with %d, answered by %q\n", over.Code, websocket.AppendClose(nil, over.Code, over.Reason))
		}
	}
	// Output:
	// Hello, answered by "\x81\x05Hello"
	// closed with 1000, answered by "\x88\x02\x03\xe8"
}

// An echo, with a goroutine for each connection.
func ExampleAccept() {
	http.HandleFunc("/echo", echo)
}

func echo(w http.ResponseWriter, r *http.Request) {
	response, refusal := websocket.Accept(r)
	if refusal != nil {
		maps.Copy(w.Header(), refusal.Header)
		http.Error(w, refusal.Reason, refusal.Status)
		return
	}
	if !websocket.SameOrigin(r, nil) {
		http.Error(w, "a page of another origin may not open this", http.StatusForbidden)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	if _, err := conn.Write(response); err != nil {
		return
	}
	if converse(conn, buffered) {
		// A connection that is closed while bytes wait unread is reset, and the
		// client might never see why.
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		_, _ = io.Copy(io.Discard, conn)
	}
}

// converse answers every message with itself. It says whether it was this side
// that ended the conversation.
func converse(w io.Writer, r io.Reader) (ended bool) {
	var reader websocket.Reader
	data := make([]byte, 4096)
	for {
		n, err := r.Read(data)
		if err != nil {
			return false
		}
		var out []byte
		over := reader.Feed(data[:n], func(op websocket.Opcode, payload []byte) *websocket.Closing {
			switch op {
			case websocket.Ping:
				out = websocket.Append(out, websocket.Pong, payload)
			case websocket.Text, websocket.Binary:
				out = websocket.Append(out, op, payload)
			}
			return nil
		})
		if over != nil {
			out = websocket.AppendClose(out, over.Code, over.Reason)
		}
		if _, err := w.Write(out); err != nil || over != nil {
			return err == nil && !over.ByPeer
		}
	}
}
