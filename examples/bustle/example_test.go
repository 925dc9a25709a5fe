//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rootspush/roots/examples/bustle"
	"github.com/rootspush/roots/thestral"
)

// What is appended to a spool is told.
func Example() {
	dir, _ := os.MkdirTemp("", "town-")
	defer os.RemoveAll(dir)
	home := filepath.Join(dir, "home/archangelic")
	_ = os.MkdirAll(home, 0o755)

	told := make(chan string)
	town, err := bustle.New(bustle.Options{
		Homes: filepath.Join(dir, "home/*"),
		Log:   filepath.Join(dir, "bustle.log"),
		Audit: filepath.Join(dir, "audit.log"),
		State: filepath.Join(dir, "state.json"),
		Feed:  thestral.Func(func(_ thestral.Thestral, _, line string) { told <- line }),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- town.Run(ctx) }()

	_ = os.WriteFile(filepath.Join(home, ".bustle.spool"), []byte("HELLO BACK\n"), 0o644)
	fmt.Println(<-told)

	stop()
	fmt.Println(<-ended)
	// Output:
	// ~archangelic shouts, 'HELLO BACK'
	// <nil>
}
