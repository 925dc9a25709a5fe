package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/thestral"
)

const updateAbout = `The message "-" stands for what comes on standard input, to the last byte.`

// update says that something changed.
func update(ctx context.Context, p program, args []string) error {
	var r remote
	words, err := p.parse(r.newFlags("update"), args, "PATH MESSAGE")
	if err != nil {
		return err
	}
	message := words[1]
	if message == "-" {
		text, err := io.ReadAll(io.LimitReader(p.stdin, thestral.MaxMessage+1)) // one more is refused
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		message = string(text)
	}
	to, err := r.connector()
	if err != nil {
		return err
	}
	return told(to.Update(ctx, words[0], message))
}

const connectAbout = `It does not tell whether the session is still there: roots explain does.`

// connect lets a session hear a path.
func connect(ctx context.Context, p program, args []string) error {
	var r remote
	words, err := p.parse(r.newFlags("connect"), args, "ID PATH")
	if err != nil {
		return err
	}
	to, err := r.connector()
	if err != nil {
		return err
	}
	return told(to.Connect(ctx, words[0], words[1]))
}

// connector returns what hands updates to the server.
func (r *remote) connector() (*cornelius.Cornelius, error) {
	to, err := cornelius.New(r.url, cornelius.Options{Token: r.token})
	if err != nil {
		return nil, misuse{err}
	}
	return to, nil
}

// told makes what is not valid in an update the mistake of the user.
func told(err error) error {
	var refused *cornelius.Error
	if errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
		return misuse{errors.New(refused.Message)}
	}
	return err
}
