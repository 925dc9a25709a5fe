package wevis_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
)

// mixValues returns good values of Mix, with one that is changed.
func mixValues(name string, value any) wevis.Values {
	values := wevis.Values{"zed": 7, "Alpha": "hi", "beta": []byte(nil), "gamma": .25, "dd": []float64{1}, "ff": []float32{2, 3}}
	values[name] = value
	return values
}

// refused checks that err is one with this text in it, or nil if that is "".
func refused(t *testing.T, what any, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("%v: got %v, want %q", what, err, want)
	}
}

func TestNew(t *testing.T) {
	p := mixed(t)
	for _, test := range []struct {
		name  string
		value any
		want  string
	}{
		{"zed", 7, ""},
		{"zed", int32(7), ""},
		{"zed", math.MaxInt32, ""},
		{"zed", math.MinInt32, ""},
		{"zed", math.MaxInt32 + 1, `argument "zed" of message "Mix" is 2147483648, it must fit in 32 bits`},
		{"zed", math.MinInt32 - 1, `is -2147483649, it must fit`},
		{"zed", int64(7), `is a Go int64, it must be of type int, in Go int32`},
		{"zed", "7", `is a Go string, it must be of type int`},
		{"zed", 7., `is a Go float64, it must be of type int`},
		{"zed", nil, `is a Go <nil>, it must be of type int`},
		{"gamma", 1, `is a Go int, it must be of type float, in Go float64`},
		{"gamma", float32(1), `is a Go float32, it must be of type float`},
		{"Alpha", []byte("x"), `is a Go []uint8, it must be of type str, in Go string`},
		{"Alpha", "Zo\xc3", `is "Zo\xc3", it must be UTF-8`},
		{"beta", "x", `is a Go string, it must be of type bytes, in Go []byte`},
		{"ff", []float64{1}, `is a Go []float64, it must be of type ?f, in Go []float32`},
		{"dd", []float32{1}, `it must be of type ?d, in Go []float64`},
		{"other", 1, `message "Mix" has no argument "other", it is defined as "Mix Alpha=str beta=bytes dd=?d ff=?f gamma=float zed=int"`},
	} {
		_, err := p.New("Mix", mixValues(test.name, test.value))
		refused(t, test, err, test.want)
	}
	values := mixValues("zed", 7)
	delete(values, "gamma")
	_, err := p.New("Mix", values)
	refused(t, "without gamma", err, `message "Mix" lacks argument "gamma", of type float`)
	_, err = p.New("Mux", nil)
	refused(t, "Mux", err, `message "Mux" is not defined, only _ping, _pong,`)
}

// TestMessage: a message does not change with what it was made of.
func TestMessage(t *testing.T) {
	bytes := []byte("ab")
	m, err := mixed(t).New("Mix", mixValues("beta", bytes))
	must(t, m, err)
	bytes[0] = 'x'
	want := wevis.Values{"zed": int32(7), "Alpha": "hi", "beta": []byte("ab"), "gamma": .25, "dd": []float64{1}, "ff": []float32{2, 3}}
	if diff := cmp.Diff(want, m.Values()); diff != "" {
		t.Error(diff)
	}
	if m.Get("gamma") != .25 || m.Get("delta") != nil {
		t.Error("Get is wrong")
	}
	const text = `Mix {"Alpha":"hi","beta":"YWI=","dd":[1],"ff":[2,3],"gamma":0.25,"zed":7}`
	if m.String() != text {
		t.Errorf("it is written %s", m)
	}
}

type (
	Mix struct {
		Zed   int32
		Alpha string `wevis:"Alpha"`
		Beta  []byte
		Gamma float64
		Dd    []float64
		Ff    []float32
	}
	ItIs    struct{ Hours, Minutes int32 }
	YouAre  struct{ Name, Nick string }
	Hidden  struct{ hours int32 }
	Wide    struct{ Hours int64 }
	Unknown struct{}
)

func TestStructs(t *testing.T) {
	p := mixed(t)
	mix := Mix{7, "hi", []byte("ab"), .25, []float64{1}, []float32{2, 3}}
	m, err := p.Of(mix)
	back, err2 := wevis.As[Mix](must(t, m, err))
	if diff := cmp.Diff(mix, must(t, back, err2)); diff != "" {
		t.Error(diff)
	}
	same, err := p.Of(m)
	if must(t, same, err) != m {
		t.Error("a message is not itself")
	}
	for _, test := range []struct {
		value any
		want  string
	}{
		{Unknown{}, `message "Unknown" is not defined`},
		{YouAre{}, `message "YouAre" has no argument "nick", it is defined as "YouAre name=str"`},
		{Hidden{1}, `field hours of Go type wevis_test.Hidden must be exported and one of int32, float64, string, []byte, []float32, []float64`},
		{Wide{}, `field Hours of Go type wevis_test.Wide must be`},
		{Mix{Alpha: "\xff"}, `argument "Alpha" of message "Mix" is "\xff", it must be UTF-8`},
		{&mix, `Go type *wevis_test.Mix is no message, it must be a *wevis.Message or a struct`},
		{7, `Go type int is no message`},
		{nil, `nil is no message`},
		{(*wevis.Message)(nil), `of another protocol`},
	} {
		_, err := p.Of(test.value)
		refused(t, test.value, err, test.want)
	}
	_, err = wevis.As[ItIs](m)
	refused(t, "ItIs", err, `Go type wevis_test.ItIs can't hold message "Mix `)
	_, err = wevis.As[Wide](m)
	refused(t, "Wide", err, "field Hours")
	name, err := p.New("YouAre", wevis.Values{"name": "x"})
	_, err = wevis.As[YouAre](must(t, name, err))
	refused(t, "YouAre", err, `can't hold message "YouAre name=str"`)
}

func TestDefineStructs(t *testing.T) {
	p := wevis.NewProtocol()
	refused(t, "Mix", wevis.Define[Mix](p), "")
	refused(t, "Mix again", wevis.Define[Mix](p), `message "Mix" is defined already`)
	refused(t, "Wide", wevis.Define[Wide](p), "field Hours")
	refused(t, "int", wevis.Define[int](p), "Go type int is no message")
	refused(t, "no name", wevis.Define[struct{}](p), `message name "" must be`)
	refused(t, "ItIs", wevis.Define[ItIs](p), "")
	want := []string{"7 Mix Alpha=str beta=bytes dd=?d ff=?f gamma=float zed=int", "8 ItIs hours=int minutes=int"}
	if diff := cmp.Diff(want, list(p)); diff != "" {
		t.Error(diff)
	}
}

func TestText(t *testing.T) {
	p := mixed(t)
	for text, want := range map[string]string{
		`{"hours":13,"minutes":5}`:             "",
		` {"minutes" : 5, "hours":-13}`:        "",
		`{"hours":13}`:                         `lacks argument "minutes"`,
		`{"hours":13,"minutes":5,"seconds":1}`: `has no argument "seconds"`,
		`{"Hours":13,"minutes":5}`:             `lacks argument "hours"`,
		`{"hours":null,"minutes":5}`:           `argument "hours" of message "ItIs": it is null`,
		`{"hours":1.5,"minutes":5}`:            `argument "hours" of message "ItIs": json: cannot unmarshal number 1.5`,
		`{"hours":2147483648,"minutes":5}`:     `cannot unmarshal number 2147483648`,
		`{"hours":"13","minutes":5}`:           `cannot unmarshal string`,
		``:                                     `has the text "", it must be a JSON object`,
		`null`:                                 `it must be a JSON object`,
		`[]`:                                   `it must be a JSON object`,
		`{"hours":13,"minutes":5}{`:            `it must be a JSON object`,
		`"` + strings.Repeat("x", 100) + `"`:   `has the text "\"` + strings.Repeat("x", 79) + `", it`,
	} {
		m, err := p.FromText("ItIs", text)
		refused(t, text, err, want)
		if err == nil && m.Get("minutes") != int32(5) {
			t.Errorf("%s was read as %v", text, m)
		}
	}
	_, err := p.FromText("Unknown", "{}")
	refused(t, "Unknown", err, `message "Unknown" is not defined`)
	for text, want := range map[string]string{
		`{"singles":["NaN",1e38],"doubles":["Infinity","-Infinity",1e308]}`: "",
		`{"singles":[],"doubles":[]}`:                                       "",
		`{"singles":[1e39],"doubles":[]}`:                                   `"1e39" is not a number of 32 bits`,
		`{"singles":[],"doubles":[1e309]}`:                                  `"1e309" is not a number of 64 bits`,
		`{"singles":[],"doubles":["1"]}`:                                    `"\"1\"" is not a number of 64 bits, "NaN", "Infinity" or "-Infinity"`,
		`{"singles":[null],"doubles":[]}`:                                   `"null" is not a number`,
		`{"singles":{},"doubles":[]}`:                                       `cannot unmarshal object`,
	} {
		_, err := p.FromText("SomeFloats", text)
		refused(t, text, err, want)
	}
}

// TestClockTypes: the structs of the clock are what its definitions say.
func TestClockTypes(t *testing.T) {
	p := clock.Protocol()
	for _, v := range []any{clock.ServerReady{}, clock.WhatTimeIsIt{}, clock.ItIs{}, clock.WhoAmI{}, clock.YouAre{},
		clock.PleaseMayIHaveSomeFloats{}, clock.SomeFloats{}} {
		_, err := p.Of(v)
		refused(t, v, err, "")
	}
}
