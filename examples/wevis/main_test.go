package wevis_test

import (
	"os"
	"testing"

	"github.com/rootspush/roots/internal/testenv"
)

// TestMain keeps the log out of the output, and fails if a goroutine of the
// package is left.
func TestMain(m *testing.M) {
	os.Exit(testenv.Main(m, "examples/wevis."))
}
