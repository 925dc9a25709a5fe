// Package house holds the rules that the whole module keeps.
package house

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rootspush/roots/"

var pieces = []string{"dolores", "pig", "filch", "dudley", "firenze", "imperio"}

// TestImports holds that no piece imports another piece, and that the innermost
// ones import nothing from outside the module and the standard library.
func TestImports(t *testing.T) {
	for path, imports := range packages(t) {
		own, _, _ := strings.Cut(strings.TrimPrefix(path, module), "/")
		for _, imported := range imports {
			name, inside := strings.CutPrefix(imported, module)
			name, _, _ = strings.Cut(name, "/")
			host, _, _ := strings.Cut(imported, "/")
			switch {
			case inside && slices.Contains(pieces, name) && name != own && slices.Contains(append(pieces, "thestral", "internal"), own):
				t.Errorf("%s imports the piece %s", path, imported)
			case inside && own == "thestral" && name != "thestral":
				t.Errorf("%s imports %s, but everything builds on it", path, imported)
			case !inside && strings.Contains(host, ".") && slices.Contains([]string{"thestral", "dolores", "pig", "filch"}, own):
				t.Errorf("%s imports %s, but the innermost pieces use the standard library alone", path, imported)
			}
		}
	}
}

// packages returns what each package of the module imports, its tests aside.
func packages(t *testing.T) map[string][]string {
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		all[fields[0]] = fields[1:]
	}
	for _, piece := range pieces {
		if _, ok := all[module+piece]; !ok {
			t.Fatalf("go list does not know the piece %s", piece)
		}
	}
	return all
}
