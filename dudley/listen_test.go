package dudley_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rootspush/roots/dudley"
)

func TestListen(t *testing.T) {
	dir, err := os.MkdirTemp("", "roots") // the path of a socket must not be long
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "socket")
	for _, test := range []struct {
		addr, token string
		refused     string // what the error has in it
	}{
		{addr: "127.0.0.1:0"},
		{addr: "127.0.0.2:0"},
		{addr: "localhost:0"},
		{addr: "unix:" + socket},
		{addr: ":0", token: "secret"},
		{addr: "0.0.0.0:0", token: "secret"},

		{addr: ":0", refused: "without a host it would be open to all"},
		{addr: "0.0.0.0:0", refused: "0.0.0.0 is no loopback address"},
		{addr: "[::]:0", refused: ":: is no loopback address"},
		{addr: "192.0.2.1:0", refused: "192.0.2.1 is no loopback address"},
		{addr: "no-such-host.invalid:0", refused: "no-such-host.invalid"},
		{addr: "127.0.0.1", refused: "missing port"},
		{addr: "", refused: "missing port"},
	} {
		l, err := dudley.Listen(test.addr, test.token)
		if err == nil {
			l.Close()
		}
		switch {
		case test.refused == "" && err != nil:
			t.Errorf("listening on %q fails: %v", test.addr, err)
		case test.refused != "" && err == nil:
			t.Errorf("listening on %q is not refused", test.addr)
		case test.refused != "" && !(strings.Contains(err.Error(), test.refused) && strings.Contains(err.Error(), `say "127.0.0.1:8004"`)):
			t.Errorf("listening on %q is refused with %q, want %q in it", test.addr, err, test.refused)
		}
	}
}
