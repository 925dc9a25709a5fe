package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/rootspush/roots/thestral"
)

// serveExplain answers GET /explain?id=…&path=….
func (s *server) serveExplain(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	id, path := query.Get("id"), query.Get("path")
	if err := checkQuestion(id, path); err != nil {
		refuse(w, http.StatusBadRequest, "%v", err)
		return
	}
	show(w, "application/json")
	_ = json.NewEncoder(w).Encode(s.explain(id, path)) // if the client has left, there is nobody to tell
}

func checkQuestion(id, path string) error {
	if id == "" {
		return errors.New("there is no id to explain")
	}
	return thestral.CheckPath(path)
}

const explainAbout = `The reasons why not are: guarded by filch, not registered, session over, not connected, pattern does not match, queue full. The server finds out by asking the pieces that an update goes through, without sending one.
The exit status is 0 if the id would get it, 1 if it would not, and 2 if that could not be found out.`

// errNotGot is the end of "roots explain" for an id that would not get a message.
// All is said by then.
var errNotGot = exit(1)

// printExplanation is "roots explain". The exit status is 0 if the id would get a
// message, 1 if it would not, and 2 if that could not be found out.
func printExplanation(ctx context.Context, p program, args []string) error {
	var from remote
	words, err := p.parse(from.newFlags("explain"), args, "ID PATH")
	if err != nil {
		return err
	}
	if err := checkQuestion(words[0], words[1]); err != nil {
		return misuse{err}
	}
	answer, err := from.get(ctx, "/explain", url.Values{"id": {words[0]}, "path": {words[1]}})
	if err != nil {
		return misuse{err}
	}
	defer answer.Body.Close()
	var e explanation
	if err := json.NewDecoder(answer.Body).Decode(&e); err != nil {
		return misuse{fmt.Errorf("%s did not answer with an explanation: %w", from.url, err)}
	}
	if !e.Gets {
		fmt.Fprintf(p.stdout, "no, %s: %s\n", e.Reason, e.Why)
		return errNotGot
	}
	fmt.Fprintf(p.stdout, "yes: %s\n", e.Why)
	return nil
}
