package gateway_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/templar/gateway"
)

// TestLogIsBounded: however many are refused, it is logged once a second.
func TestLogIsBounded(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	onPipes(t, gateway.Options{Backend: refuse}, func(s *site) {
		for _, pause := range []time.Duration{time.Second - time.Nanosecond, time.Nanosecond, 0} {
			for range 10 {
				s.open().Close()
			}
			time.Sleep(pause)
		}
		synctest.Wait()
	})
	text := log.String()
	for i, want := range []string{"times=1\n", "times=20\n"} {
		if lines := strings.SplitAfter(text, "\n"); len(lines) != 3 || !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %d should end with %q:\n%s", i, want, text)
		}
	}
}
