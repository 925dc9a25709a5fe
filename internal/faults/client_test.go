package faults_test

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/faults"
	"github.com/rootspush/roots/pig"
)

// A rig is a Firenze and a client of it, with nothing between them but what
// spoil makes of its handler.
type rig struct {
	*faults.Client
	backend *faults.Backend
}

func newRig(t testing.TB, transport faults.Transport, spoil func(http.Handler) http.Handler) *rig {
	d := new(dolores.Dolores)
	d.Delegate(pig.New(d, pig.Options{}))
	ledger := new(faults.Ledger)
	f := firenze.New(d, firenze.Options{Hold: 100 * time.Millisecond, Incoming: ledger})
	addr := serve(t, spoil(http.StripPrefix("/comet", f)))
	t.Cleanup(f.Close) // before the server, as it gives connections back
	r := &rig{backend: faults.NewBackend(d, path)}
	r.Client = faults.NewClient(faults.Options{
		Addr: addr, Prefix: "/comet", Backend: r.backend, Ledger: ledger,
		Transports: []faults.Transport{transport}, Patience: 2 * time.Second, Seed: 1,
	})
	t.Cleanup(r.Close)
	return r
}

// run makes some requests while messages are published, until that is enough, and
// settles.
func (r *rig) run(enough func() bool) (err error) {
	r.backend.PublishWhile(func() {
		for !enough() && err == nil {
			err = r.Step()
		}
	}, 2*time.Millisecond)
	return cmp.Or(err, r.Settle())
}

// made says whether so many requests were made.
func (r *rig) made(requests int64) func() bool {
	return func() bool { return r.Requests() >= requests }
}

// TestEachTransport finds nothing wrong with a Firenze.
func TestEachTransport(t *testing.T) {
	for name, transport := range transports {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, transport, func(h http.Handler) http.Handler { return h })
			enough := func() bool { // when the client says good-bye is a matter of chance
				_, byes := r.Sessions()
				return r.Requests() >= 400 && byes > 0 || r.Requests() >= 10_000
			}
			if err := r.run(enough); err != nil {
				t.Error(err)
			}
			if sessions, byes := r.Sessions(); byes == 0 || sessions > byes+1 {
				t.Errorf("a client that said good-bye %d times had %d sessions", byes, sessions)
			}
		})
	}
}

// TestPostsThatGoWrong are seen by a client.
func TestPostsThatGoWrong(t *testing.T) {
	answer := func(status int, body string) func(http.Handler, http.ResponseWriter, *http.Request) {
		return func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	const success = `{"success":true}`
	for name, test := range map[string]struct {
		post func(http.Handler, http.ResponseWriter, *http.Request)
		want string
	}{
		"refused":          {answer(http.StatusConflict, "no"), "was answered 409"},
		"other answer":     {answer(http.StatusOK, "{success:true}"), "was answered 200"},
		"never taken":      {answer(http.StatusNotFound, ""), "of what was sent up"},
		"taken for nought": {answer(http.StatusOK, success), "0 updates were taken"},
		"not numbered": {func(h http.Handler, w http.ResponseWriter, r *http.Request) {
			r.URL.RawQuery = ""
			h.ServeHTTP(w, r)
			panic(http.ErrAbortHandler) // so that it comes again
		}, "was taken after"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, faults.LongPoll, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/bye") {
						test.post(h, w, r)
						return
					}
					h.ServeHTTP(w, r)
				})
			})
			r.Patience = 50 * time.Millisecond // as nothing comes of most requests
			wantError(t, r.run(r.made(30)), test.want)
		})
	}
}

// TestByesThatGoWrong are seen too.
func TestByesThatGoWrong(t *testing.T) {
	for status, want := range map[int]string{http.StatusOK: "good-bye was answered 200", http.StatusNoContent: "goes on after its good-bye"} {
		r := newRig(t, faults.LongPoll, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete || strings.HasSuffix(r.URL.Path, "/bye") {
					w.WriteHeader(status)
					return
				}
				h.ServeHTTP(w, r)
			})
		})
		wantError(t, r.run(r.made(2000)), want)
	}
}
