package cornelius_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// receiver is a recorder that panics on the path "panic".
type receiver struct{ thestraltest.Recorder }

func (r *receiver) Update(sender thestral.Thestral, path, message string) {
	if sender != nil || path == "panic" {
		panic("told to")
	}
	r.Recorder.Update(sender, path, message)
}

// both runs a test over a real Dudley and in the process: each verb must do the
// same by both.
func both(t *testing.T, test func(t *testing.T, roots *cornelius.Cornelius, rec *receiver)) {
	t.Run("HTTP", func(t *testing.T) {
		var rec receiver
		server := httptest.NewServer(dudley.New(&rec, dudley.Options{Token: "secret"}))
		defer server.Close()
		test(t, newHTTP(t, server, cornelius.Options{Token: "secret"}), &rec)
	})
	t.Run("Local", func(t *testing.T) {
		var rec receiver
		test(t, cornelius.Local(&rec), &rec)
	})
}

// newHTTP returns a Cornelius for a test server, with connections that end with it.
func newHTTP(t *testing.T, server *httptest.Server, opt cornelius.Options) *cornelius.Cornelius {
	t.Helper()
	opt.Client = server.Client()
	roots, err := cornelius.New(server.URL, opt)
	if err != nil {
		t.Fatal(err)
	}
	return roots
}

func TestVerbs(t *testing.T) {
	const id = "DOLORES-SERVER-OKsmGg1YmalouGMuxbbD00IIWASD51eH-1"
	updates := func(n int) (list []thestral.Update) {
		for i := range n {
			list = append(list, thestral.Update{Path: "p", Message: fmt.Sprint(i)})
		}
		return list
	}
	for _, test := range []struct {
		name string
		do   func(context.Context, *cornelius.Cornelius) error
		want []thestral.Update
	}{
		{"update", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Update(ctx, "my/data", "hello") },
			[]thestral.Update{{Path: "my/data", Message: "hello"}}},
		{"odd text", func(ctx context.Context, c *cornelius.Cornelius) error {
			return c.Update(ctx, `a//../"\b?%41`, "<b>\"\\\r\n\x00\u2028🦉</b>")
		}, []thestral.Update{{Path: `a//../"\b?%41`, Message: "<b>\"\\\r\n\x00\u2028🦉</b>"}}},
		{"longest path and message", func(ctx context.Context, c *cornelius.Cornelius) error {
			return c.Update(ctx, long(thestral.MaxPath), long(thestral.MaxMessage))
		}, []thestral.Update{{Path: long(thestral.MaxPath), Message: long(thestral.MaxMessage)}}},
		{"updates", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Updates(ctx, updates(1000)) }, updates(1000)},
		{"no updates", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Updates(ctx, nil) }, nil},
		{"connect", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Connect(ctx, id, "a", "b->c", ">") },
			[]thestral.Update{{Path: "::connect", Message: id + "->a"}, {Path: "::connect", Message: id + "->b->c"}, {Path: "::connect", Message: id + "->>"}}},
		{"disconnect", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Disconnect(ctx, id, "a") },
			[]thestral.Update{{Path: "::disconnect", Message: id + "->a"}}},
		{"connect to nothing", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Connect(ctx, id) }, nil},
		{"a receiver panics", func(ctx context.Context, c *cornelius.Cornelius) error {
			return c.Updates(ctx, []thestral.Update{{Path: "panic"}, {Path: "p"}})
		}, []thestral.Update{{Path: "p"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			both(t, func(t *testing.T, roots *cornelius.Cornelius, rec *receiver) {
				defer quiet()()
				if err := test.do(t.Context(), roots); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(test.want, rec.Updates()); diff != "" {
					t.Errorf("arrived (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// quiet silences the log of panics that a test means to cause.
func quiet() (restore func()) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	return func() { slog.SetDefault(before) }
}

func long(n int) string { return strings.Repeat("x", n) }

// TestInvalid: what is not valid fails in the caller, the same by both makers,
// and nothing of it arrives.
func TestInvalid(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(context.Context, *cornelius.Cornelius) error
		want cornelius.Error
	}{
		{"empty path", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Update(ctx, "", "m") },
			cornelius.Error{Status: 400, Message: `the path is empty, it must name something, as in "my/data"`}},
		{"line feed in a path", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Update(ctx, "a\nb", "m") },
			cornelius.Error{Status: 400, Message: `path "a\nb" has a control character in it, only printable text is allowed`}},
		{"long message", func(ctx context.Context, c *cornelius.Cornelius) error {
			return c.Updates(ctx, []thestral.Update{{Path: "p"}, {Path: "p", Message: long(thestral.MaxMessage + 1)}})
		}, cornelius.Error{Status: 400, Index: 1, Message: "the message is 65537 bytes long, at most 65536 are allowed"}},
		{"message not UTF-8", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Update(ctx, "p", "\xff") },
			cornelius.Error{Status: 400, Message: `message "\xff" is not UTF-8 text`}},
		{"too many updates", func(ctx context.Context, c *cornelius.Cornelius) error {
			return c.Updates(ctx, make([]thestral.Update, dudley.MaxBatch+1))
		}, cornelius.Error{Status: 400, Index: -1, Message: "the batch has 1001 updates, at most 1000 are allowed"}},

		{"no id", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Connect(ctx, "", "p") },
			cornelius.Error{Status: 400, Message: `"->p" is no connection, which is written "id->path"`}},
		{"arrow in an id", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Connect(ctx, "id->other", "p") },
			cornelius.Error{Status: 400, Message: `"id->other" is no id, which never has "->" in it`}},
		{"id not UTF-8", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Connect(ctx, "\xff", "p") },
			cornelius.Error{Status: 400, Message: `message "\xff->p" is not UTF-8 text`}},
		{"connect to a control path", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Connect(ctx, "id", "p", "::connect") },
			cornelius.Error{Status: 400, Index: 1, Message: `control path "::connect" can't be connected to`}},
		{"disconnect from no path", func(ctx context.Context, c *cornelius.Cornelius) error { return c.Disconnect(ctx, "id", "p", "q", "") },
			cornelius.Error{Status: 400, Index: 2, Message: `the path is empty, it must name something, as in "my/data"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			both(t, func(t *testing.T, roots *cornelius.Cornelius, rec *receiver) {
				var got *cornelius.Error
				if err := test.do(t.Context(), roots); !errors.As(err, &got) {
					t.Fatalf("error %v is no *Error", err)
				}
				if diff := cmp.Diff(test.want, *got); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				if len(rec.Updates()) > 0 {
					t.Errorf("arrived: %v", rec.Updates())
				}
			})
		})
	}
}

// TestEndedContext: nothing is sent for who has given up.
func TestEndedContext(t *testing.T) {
	both(t, func(t *testing.T, roots *cornelius.Cornelius, rec *receiver) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var got *cornelius.Error
		err := roots.Update(ctx, "p", "m")
		if !errors.As(err, &got) || got.Status != 0 || got.Index != -1 || !errors.Is(err, context.Canceled) {
			t.Errorf("error %#v", err)
		}
		if len(rec.Updates()) > 0 {
			t.Errorf("arrived: %v", rec.Updates())
		}
	})
}

// TestManyAtOnce: all verbs may be called from many goroutines.
func TestManyAtOnce(t *testing.T) {
	both(t, func(t *testing.T, roots *cornelius.Cornelius, rec *receiver) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for i := range 25 {
					if err := roots.Connect(t.Context(), "id", fmt.Sprint("path/", i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if len(rec.Updates()) != 200 {
			t.Errorf("%d of 200 arrived", len(rec.Updates()))
		}
	})
}
