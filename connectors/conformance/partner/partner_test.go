package partner_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rootspush/roots/connectors/conformance/partner"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

func Test(t *testing.T) {
	folder := t.TempDir()
	out := partner.Run(t, folder, []string{"GREETING=hello"}, testenv.Need(t, "sh", "dash"), "-c", "echo $GREETING; pwd")
	if out != "hello\n"+folder+"\n" {
		t.Errorf("the program printed %q", out)
	}
	rec, url := partner.Dudley(t)
	resp, err := http.Post(url+"/my/data", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	partner.WantArrived(t, rec, thestral.Update{Path: "my/data", Message: "hello"})

	t.Chdir(folder)
	partner.Write(t, folder, "README.md", "```go\n// a.go\nfirst\n```\n```go\n// b.go, in part\nsecond\n```\n")
	if got := partner.Shown(t, "go", "// b.go"); got != "second\n" {
		t.Errorf("b.go is shown as %q", got)
	}
	if got := partner.Shown(t, "go", ""); got != "// a.go\nfirst\n" {
		t.Errorf("the first block is shown as %q", got)
	}
}
