package cornelius

import (
	"context"
	"fmt"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

// Cornelius hands updates to Roots. It is made by [New] or [Local].
type Cornelius struct {
	send func(ctx context.Context, batch []thestral.Update) error // gets only valid ones
}

// Local returns a Cornelius that hands updates to receiver in the same process,
// such as a Dolores, without a sender. A receiver that is not [thestral.Prompt]
// gets them from a [thestral.Queue], as it would from Dudley.
func Local(receiver thestral.Thestral) *Cornelius {
	to := thestral.Prompted(receiver)
	return &Cornelius{func(ctx context.Context, batch []thestral.Update) error {
		if err := ctx.Err(); err != nil {
			return unanswered(err)
		}
		for _, u := range batch {
			thestral.Deliver(to, nil, u.Path, u.Message)
		}
		return nil
	}}
}

// Update says that message is the news of path.
func (c *Cornelius) Update(ctx context.Context, path, message string) error {
	return c.Updates(ctx, []thestral.Update{{Path: path, Message: message}})
}

// Updates hands over all updates in order, or none of them. It takes at most
// [dudley.MaxBatch], and over HTTP [dudley.MaxBody] bytes of JSON. An empty
// batch is no error, and nothing is sent.
func (c *Cornelius) Updates(ctx context.Context, updates []thestral.Update) error {
	if len(updates) == 0 {
		return nil
	}
	if len(updates) > dudley.MaxBatch {
		return invalid(-1, fmt.Errorf("the batch has %d updates, at most %d are allowed", len(updates), dudley.MaxBatch))
	}
	for i, u := range updates {
		if err := thestral.CheckUpdate(u.Path, u.Message); err != nil {
			return invalid(i, err)
		}
	}
	return c.send(ctx, updates)
}

// Connect says that from now on id hears all of paths. They are sent as one
// batch; if one can't be connected to, as a control path can't, none is.
func (c *Cornelius) Connect(ctx context.Context, id string, paths ...string) error {
	return c.connections(ctx, thestral.Connect, id, paths)
}

// Disconnect says that id hears paths no longer. One that it did not hear is no
// error.
func (c *Cornelius) Disconnect(ctx context.Context, id string, paths ...string) error {
	return c.connections(ctx, thestral.Disconnect, id, paths)
}

func (c *Cornelius) connections(ctx context.Context, verb, id string, paths []string) error {
	batch := make([]thestral.Update, len(paths))
	for i, path := range paths {
		message := thestral.JoinConnection(id, path)
		if err := checkConnection(id, message); err != nil {
			return invalid(i, err)
		}
		batch[i] = thestral.Update{Path: verb, Message: message}
	}
	return c.Updates(ctx, batch)
}

// checkConnection reads message as Pig will, who would log an error where the
// caller does not see it. An id with "->" in it would be read as another one.
func checkConnection(id, message string) error {
	read, _, err := thestral.SplitConnection(message)
	if err == nil && read != id {
		err = fmt.Errorf("%.80q is no id, which never has \"->\" in it", id)
	}
	return err
}
