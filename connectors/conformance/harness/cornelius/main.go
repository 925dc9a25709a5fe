// Cornelius is the harness of the connector for Go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"time"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/thestral"
)

type request struct {
	Call, URL, Token string
	Timeout          float64
	Args             []json.RawMessage
}

func main() {
	lines, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	var roots *cornelius.Cornelius
	for {
		var r request
		if err := lines.Decode(&r); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		answers.Encode(answer(do(&roots, r)))
	}
}

var errUnsupported = errors.New("messages are text in Go")

func do(roots **cornelius.Cornelius, r request) (err error) {
	ctx := context.Background()
	switch r.Call {
	case "new":
		*roots, err = cornelius.New(r.URL, cornelius.Options{Token: r.Token, Timeout: time.Duration(r.Timeout * float64(time.Second))})
		return err
	case "update":
		var message string
		if json.Unmarshal(r.Args[1], &message) != nil || string(r.Args[1]) == "null" {
			return errUnsupported
		}
		return (*roots).Update(ctx, text(r.Args[0]), message)
	case "updates":
		return (*roots).Updates(ctx, updates(r.Args[0]))
	case "connect":
		return (*roots).Connect(ctx, text(r.Args[0]), texts(r.Args[1])...)
	case "disconnect":
		return (*roots).Disconnect(ctx, text(r.Args[0]), texts(r.Args[1])...)
	}
	log.Fatalf("there is no call %q", r.Call)
	return nil
}

func answer(err error) map[string]any {
	var known *cornelius.Error
	switch {
	case err == nil:
		return map[string]any{}
	case errors.Is(err, errUnsupported):
		return map[string]any{"unsupported": true}
	}
	told := map[string]any{"error": err.Error()}
	if errors.As(err, &known) && known.Status != 0 {
		told["status"] = known.Status
	}
	if known != nil && known.Index >= 0 {
		told["index"] = known.Index
	}
	if errors.Is(err, context.DeadlineExceeded) {
		told["cause"] = "timeout"
	}
	return told
}

func text(raw json.RawMessage) (s string) {
	json.Unmarshal(raw, &s)
	return s
}

// texts reads one text, or a list of them.
func texts(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return []string{text(raw)}
	}
	return list
}

func updates(raw json.RawMessage) (list []thestral.Update) {
	var pairs [][2]string
	json.Unmarshal(raw, &pairs)
	for _, pair := range pairs {
		list = append(list, thestral.Update{Path: pair[0], Message: pair[1]})
	}
	return list
}
