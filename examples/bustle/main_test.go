//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain keeps the log out of the output, and fails if a goroutine of the package
// is left. As a child of TestKill it is the daemon.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if dir := os.Getenv(daemonIn); dir != "" {
		runDaemon(dir)
		return
	}
	code := m.Run()
	if left := leaks(); code == 0 && left != "" {
		fmt.Println("goroutines are left:\n" + left)
		code = 1
	}
	os.Exit(code)
}

// leaks returns the goroutines that run code of the package, after those that are
// about to end have had time to.
func leaks() (left string) {
	for range 100 {
		left = ""
		buffer := make([]byte, 1<<20)
		for _, stack := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
			if strings.Contains(stack, "examples/bustle.(") || strings.Contains(stack, "fsnotify.(") {
				left += stack + "\n\n"
			}
		}
		if left == "" {
			return ""
		}
		time.Sleep(20 * time.Millisecond)
	}
	return left
}
