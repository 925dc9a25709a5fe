//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"log/slog"
	"os"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
)

// TestMain keeps the log out of the output, and fails if a goroutine of the package
// is left. As a child of TestKill it is the daemon.
func TestMain(m *testing.M) {
	if dir := os.Getenv(daemonIn); dir != "" {
		slog.SetDefault(slog.New(slog.DiscardHandler))
		runDaemon(dir)
		return
	}
	os.Exit(testenv.Main(m, "examples/bustle.(", "fsnotify.("))
}
