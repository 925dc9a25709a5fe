package testenv

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Main runs the tests of a package with the log kept out of the output, and returns
// what to exit with. It fails if goroutines are left that run code of the package or
// of others: code are parts of function names in a stack, such as "firenze/parking.".
// Those that are about to end have a minute to do so.
func Main(m *testing.M, code ...string) (status int) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	status = m.Run()
	for end := time.Now().Add(time.Minute); status == 0; time.Sleep(20 * time.Millisecond) {
		left := goroutines(code)
		if left == "" {
			return status
		}
		if time.Now().After(end) {
			fmt.Println("goroutines are left:\n" + left)
			return 1
		}
	}
	return status
}

// goroutines returns the stacks of those that run any of some code. The one that asks
// is not among them.
func goroutines(code []string) (stacks string) {
	buffer := make([]byte, 1<<20)
	buffer = buffer[:runtime.Stack(buffer, true)]
	for i, stack := range strings.Split(string(buffer), "\n\n") {
		for _, part := range code {
			if i > 0 && strings.Contains(stack, part) {
				stacks += stack + "\n\n"
				break
			}
		}
	}
	return stacks
}

// Eventually waits until something is so, for a minute at most: what goroutines and
// processes do that say nothing when they are done.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("this did not come: %s", what)
		}
	}
}
