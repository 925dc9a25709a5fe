// Package node_test runs the tests of the Node connector with the real Node.
package node_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/connectors/conformance/partner"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// packed installs the package as npm would, in an empty folder and without a
// network.
func packed(t *testing.T) (folder string) {
	t.Helper()
	npm := testenv.Need(t, "npm", "npm")
	folder = t.TempDir()
	tarball := strings.TrimSpace(partner.Run(t, folder, nil, npm, "pack", "--silent", "--offline", partner.Abs(t, ".")))
	partner.Write(t, folder, "package.json", `{"type": "module"}`)
	partner.Run(t, folder, nil, npm, "install", "--silent", "--offline", "--no-audit", "--no-fund", "./"+tarball)
	return folder
}

func TestNode(t *testing.T) {
	partner.Run(t, ".", nil, testenv.Need(t, "node", "nodejs"), "--test", "test/cornelius.test.mjs")
}

// TestInstall: what npm packs and installs pushes an update in three lines.
func TestInstall(t *testing.T) {
	node, folder := testenv.Need(t, "node", "nodejs"), packed(t)
	rec, url := partner.Dudley(t)
	partner.Write(t, folder, "push.js", strings.Replace(partner.Shown(t, "js", ""), "Cornelius()", "Cornelius(process.env.DUDLEY)", 1))
	partner.Run(t, folder, []string{"DUDLEY=" + url}, node, "push.js")
	partner.WantArrived(t, rec, thestral.Update{Path: "my/data", Message: "hello"})
}

func TestTypes(t *testing.T) {
	tsc, folder := testenv.Need(t, "tsc", "node-typescript"), packed(t)
	partner.Write(t, folder, "types.ts", partner.Read(t, "test/types.ts"))
	partner.Run(t, folder, nil, tsc, "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom",
		"--module", "nodenext", "--moduleResolution", "nodenext", "types.ts")
}

// TestExpress runs the router that the README shows, with Express.
func TestExpress(t *testing.T) {
	node := testenv.Need(t, "node", "nodejs")
	const modules = "/usr/share/nodejs" // where Debian keeps them
	if _, err := os.Stat(modules + "/express"); err != nil {
		testenv.Missing(t, "Express", "node-express")
	}
	folder := packed(t)
	if err := os.Symlink(modules+"/express", folder+"/node_modules/express"); err != nil {
		t.Fatal(err)
	}
	partner.Write(t, folder, "roots.js", partner.Shown(t, "js", "// roots.js"))
	partner.Write(t, folder, "test.mjs", strings.Replace(partner.Read(t, "test/express.mjs"), "// app.js", partner.Shown(t, "js", "// app.js"), 1))
	rec, url := partner.Dudley(t)
	out := partner.Run(t, folder, []string{"DUDLEY=" + url, "NODE_PATH=" + modules}, node, "test.mjs")
	want := `/roots/connect/an-id same-origin 204
/roots/disconnect/an-id same-origin 204
/roots/connect/an-id cross-site 403
/roots/connect/an-id none 403
/roots/connect/an-id same-origin 400
/roots/connect/a->b same-origin 400
/gone/connect/an-id same-origin 502
/roots/connect/an-id same-origin 400
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	partner.WantArrived(t, rec,
		thestral.Update{Path: "::connect", Message: "an-id->orders/7"},
		thestral.Update{Path: "::disconnect", Message: "an-id->orders/7"})
}
