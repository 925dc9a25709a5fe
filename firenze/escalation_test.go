package firenze_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/websocket"
	"github.com/rootspush/roots/pig"
)

// tables are what nobody may change from outside. They also count what was refused
// there, which had come too far.
type tables struct {
	dolores dolores.Stats
	pig     pig.Stats
	victim  bool // is registered
}

func (r *rig) tables(victim string) tables {
	return tables{r.dolores.Stats(), r.pig.Stats(), r.alive(victim)}
}

// FuzzEscalation: whatever a client sends up, by either door, it changes nothing in
// the tables of Dolores and Pig, although Incoming is Dolores herself with nothing
// before her. In the text, ID stands for the id of another session, and ME for the
// client's own.
func FuzzEscalation(f *testing.F) {
	for _, body := range []string{
		`[{"path":"::gone","message":"ID"}]`, `[{"path":"::connect","message":"ME->secret"}]`, `[{"path":"::disconnect","message":"ID->secret"}]`,
		`[{"path":"::match","message":"ME->**"}]`, `[{"path":"::register","message":"ME"}]`, `[{"path":"::unmatch","message":"ID->*"}]`,
		`[{"path":"\u003a:connect","message":"ME->secret"}]`, `[{"path":"p","PATH":"::gone","message":"ID"}]`, `[{"path":"p","path":"::gone","message":"ID"}]`,
		`[{"path":" ::gone","message":"ID"}]`, `[{"path":"::gone ","message":"ID"}]`, `[{"path":"\ufeff::gone","message":"ID"}]`, `[{"path":"p\n::gone","message":"ID"}]`,
		`[{"path":"p","message":"x"},{"path":"::gone","message":"ID"}]`, `[{"path":"::GONE","message":"ID"}]`, `[{"path":["::gone"],"message":"ID"}]`,
		`[{"path":"::connect","message":{"a":"ME->secret"}}]`, `[{"path":"secret","message":"x"}]`, `[]`, `{}`, ``, `[{"path":"::+::disconnect","message":"secret"}]`,
		`[],"confirm":"ID/x-1"`, `[],"updates":[{"path":"::gone","message":"ID"}]`, `[],"UPDATES":[{"path":"::connect","message":"ME->secret"}]`,
	} {
		f.Add(body, "1")
		f.Add(body, "")
	}
	f.Fuzz(func(t *testing.T, body, number string) {
		r := &rig{t: t, dolores: new(dolores.Dolores)}
		r.pig = pig.New(r.dolores, pig.Options{})
		r.dolores.Delegate(r.pig)
		r.Firenze = firenze.New(r.dolores, firenze.Options{Incoming: r.dolores})
		defer r.Close()
		victim, me := r.open(), r.open()
		r.connect(victim, "secret")
		body = strings.NewReplacer("ID", idOf(victim), "ME", idOf(me)).Replace(body)
		before := r.tables(victim)

		target := me
		if number != "" && json.Valid([]byte(number)) {
			target += "?number=" + strings.TrimSpace(strings.Map(plain, number))
		}
		r.post(target, body)
		w := &walker{rig: r, dial: nil}
		w.frame(t, me, `{"updates":`+body+`}`)
		w.frame(t, me, body)
		if diff := cmp.Diff(before, r.tables(victim), cmp.AllowUnexported(tables{})); diff != "" {
			t.Errorf("%q changed (-before +after):\n%s", body, diff)
		}
	})
}

func plain(c rune) rune {
	if c < '0' || c > '9' {
		return -1
	}
	return c
}

// frame sends a frame and waits until it was read.
func (c *walker) frame(t *testing.T, session, text string) {
	if !utf8.ValidString(text) {
		return // it is closed with 1007
	}
	n := serve(t, c)
	e := webSocket.listen(n.connect(t), session)
	defer e.Close()
	go e.Write(append(masked(websocket.Text, text), masked(websocket.Ping, "read")...))
	for op := websocket.Text; op != websocket.Pong; {
		var err error
		if op, _, err = e.readFrame(); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
}
