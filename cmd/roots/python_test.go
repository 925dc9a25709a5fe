package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// TestPythonConnector pushes from Python, in as many lines as the README says.
func TestPythonConnector(t *testing.T) {
	python := testenv.Need(t, "python3", "python3")
	p := start(t)
	session := p.poll("")
	script := `
import sys
from cornelius import Cornelius
roots = Cornelius(sys.argv[1])
roots.connect(sys.argv[2], ["tasks", "größe"])
roots.update("tasks", {"id": 1, "text": "Milch für Zoë"})
roots.updates([("größe", "1"), ("tasks", "plain")])
roots.disconnect(sys.argv[2], "tasks")
roots.update("tasks", "not heard")
`
	run := exec.Command(python, "-c", script, p.addresses["dudley"], session.id())
	run.Env = append(os.Environ(), "PYTHONPATH=../../connectors/python", "PYTHONDONTWRITEBYTECODE=1")
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := []thestral.Update{{Path: "tasks"}, {Path: "größe"},
		{Path: "tasks", Message: `{"id":1,"text":"Milch für Zoë"}`}, {Path: "größe", Message: "1"},
		{Path: "tasks", Message: "plain"}, {Path: "::+::disconnect", Message: "tasks"}}
	if diff := cmp.Diff(want, p.poll(session.ReconnectWith).Updates); diff != "" {
		t.Errorf("the updates differ (- want, + got):\n%s", diff)
	}
}
