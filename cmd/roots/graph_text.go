package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// formats are those in which a graph is written, with their media types.
var formats = map[string]struct {
	media string
	write func(graph, io.Writer) error
}{
	"json":    {"application/json", graph.writeJSON},
	"dot":     {"text/vnd.graphviz; charset=utf-8", graph.writeDOT},
	"mermaid": {"text/plain; charset=utf-8", graph.writeMermaid},
}

const formatNames = "dot, mermaid, json"

// label is what is written on a node, its lines put together by glue.
func (n node) label(escape func(string) string, glue string) string {
	name := escape(n.Name)
	switch {
	case n.Session != nil:
		return fmt.Sprintf("%s%s%s, queue %d of %d", name, glue, n.Session.Transport, n.Session.Messages, n.Session.MaxMessages)
	case n.Receivers > 1:
		return fmt.Sprintf("%s%s%d receivers", name, glue, n.Receivers)
	}
	return name
}

func (l leftOut) String() string {
	if l == (leftOut{}) {
		return ""
	}
	return fmt.Sprintf("left out: %d receivers, %d connections", l.Receivers, l.Connections)
}

var dotShapes = map[kind]string{aSource: "cds", aPath: "oval", aPattern: "oval", aReceiver: "note"}

// writeDOT writes it for Graphviz.
func (g graph) writeDOT(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph roots {\n\trankdir=LR\n\tnode [shape=box]\n")
	if text := g.LeftOut.String(); text != "" {
		fmt.Fprintf(&b, "\tlabel=\"%s\"\n", text)
	}
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "\t\"%s\" [label=\"%s\"", escapeDOT(n.ID), n.label(escapeDOT, `\n`))
		if shape := dotShapes[n.Kind]; shape != "" {
			fmt.Fprintf(&b, " shape=%s", shape)
		}
		b.WriteString("]\n")
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "\t\"%s\" -> \"%s\"\n", escapeDOT(e.From), escapeDOT(e.To))
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// In DOT a backslash begins what is replaced, as in "\N" for the name of the node.
var escapeDOT = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace

var mermaidShapes = map[kind][2]string{aSource: {`>"`, `"]`}, aPath: {`(["`, `"])`}, aPattern: {`(["`, `"])`}}

// writeMermaid writes it for Mermaid, which knows no quoted names: the nodes are
// numbered.
func (g graph) writeMermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	if text := g.LeftOut.String(); text != "" {
		fmt.Fprintf(&b, "\t%%%% %s\n", text)
	}
	names := map[string]string{}
	for i, n := range g.Nodes {
		shape, ok := mermaidShapes[n.Kind]
		if !ok {
			shape = [2]string{`["`, `"]`}
		}
		names[n.ID] = "n" + strconv.Itoa(i)
		fmt.Fprintf(&b, "\t%s%s%s%s\n", names[n.ID], shape[0], n.label(escapeMermaid, "<br>"), shape[1])
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "\t%s --> %s\n", names[e.From], names[e.To])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// In Mermaid what means something, there or in HTML, is written as an entity.
var escapeMermaid = strings.NewReplacer(
	"#", "#35;", `"`, "#quot;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "`", "#96;", `\`, "#92;", "*", "#42;", "_", "#95;",
).Replace
