package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// small is a graph with names that mean something in each format.
var small = graph{
	Nodes: []node{
		{ID: "source:dudley", Kind: aSource, Name: "dudley"},
		{ID: "dolores", Kind: aPiece, Name: "dolores"},
		{ID: "pig", Kind: aPiece, Name: "pig"},
		{ID: `path:a"b\N`, Kind: aPath, Name: `a"b\N`, Receivers: 1},
		{ID: "pattern:<b>/*", Kind: aPattern, Name: "<b>/*", Receivers: 3000},
		{ID: "d-1", Kind: aSession, Name: "d-1", Session: &shown{"websocket", time.Unix(0, 0).UTC(), 7, 1000, 140, 1 << 20}},
	},
	Edges:   []edge{{"source:dudley", "dolores"}, {"dolores", "pig"}, {"pig", `path:a"b\N`}, {"pattern:<b>/*", "d-1"}},
	LeftOut: leftOut{2999, 3000},
}

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{
		"dot": `digraph roots {
	rankdir=LR
	node [shape=box]
	label="left out: 2999 receivers, 3000 connections"
	"source:dudley" [label="dudley" shape=cds]
	"dolores" [label="dolores"]
	"pig" [label="pig"]
	"path:a\"b\\N" [label="a\"b\\N" shape=oval]
	"pattern:<b>/*" [label="<b>/*\n3000 receivers" shape=oval]
	"d-1" [label="d-1\nwebsocket, queue 7 of 1000"]
	"source:dudley" -> "dolores"
	"dolores" -> "pig"
	"pig" -> "path:a\"b\\N"
	"pattern:<b>/*" -> "d-1"
}
`,
		"mermaid": `flowchart LR
	%% left out: 2999 receivers, 3000 connections
	n0>"dudley"]
	n1["dolores"]
	n2["pig"]
	n3(["a#quot;b#92;N"])
	n4(["#lt;b#gt;/#42;<br>3000 receivers"])
	n5["d-1<br>websocket, queue 7 of 1000"]
	n0 --> n1
	n1 --> n2
	n2 --> n3
	n4 --> n5
`,
		"json": `{"nodes":[{"id":"source:dudley","kind":"source","name":"dudley"},` +
			`{"id":"dolores","kind":"piece","name":"dolores"},{"id":"pig","kind":"piece","name":"pig"},` +
			`{"id":"path:a\"b\\N","kind":"path","name":"a\"b\\N","receivers":1},` +
			`{"id":"pattern:\u003cb\u003e/*","kind":"pattern","name":"\u003cb\u003e/*","receivers":3000},` +
			`{"id":"d-1","kind":"session","name":"d-1","session":{"transport":"websocket","began":"1970-01-01T00:00:00Z","messages":7,"maxMessages":1000,"bytes":140,"maxBytes":1048576}}],` +
			`"edges":[{"from":"source:dudley","to":"dolores"},{"from":"dolores","to":"pig"},{"from":"pig","to":"path:a\"b\\N"},{"from":"pattern:\u003cb\u003e/*","to":"d-1"}],` +
			`"leftOut":{"receivers":2999,"connections":3000}}` + "\n",
	} {
		var got strings.Builder
		if err := formats[format].write(small, &got); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}
