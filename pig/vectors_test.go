package pig_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// A vector is a case that the Pig in JavaScript passes as well.
type vector struct {
	Name  string
	Steps []step
	Want  map[string][][2]string // what each receiver hears, paths and messages
}

// A step does one of three things. Off ends the latest On of a receiver.
type step struct {
	Update []string // path and message
	Off    string
	On, As string
	Error  bool // On is refused
}

func TestVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	must(t, err)
	var vectors []vector
	must(t, json.Unmarshal(text, &vectors))
	if len(vectors) == 0 {
		t.Fatal("there are no vectors")
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			if diff := cmp.Diff(v.Want, v.run(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// run returns what each receiver heard.
func (v vector) run(t *testing.T) map[string][][2]string {
	p := pig.New(nil, pig.Options{})
	receivers, offs := map[string]*thestraltest.Recorder{}, map[string]func(){}
	for _, s := range v.Steps {
		switch {
		case s.Update != nil:
			p.Update(nil, s.Update[0], s.Update[1])
		case s.Off != "":
			offs[s.Off]()
		default:
			if receivers[s.As] == nil {
				receivers[s.As] = new(thestraltest.Recorder)
			}
			on := func() { offs[s.As] = p.On(s.On, receivers[s.As]) }
			if s.Error {
				wantPanic(t, on)
			} else {
				on()
			}
		}
	}
	heard := map[string][][2]string{}
	for name, r := range receivers {
		heard[name] = [][2]string{}
		for _, u := range r.Updates() {
			heard[name] = append(heard[name], [2]string{u.Path, u.Message})
		}
	}
	return heard
}
