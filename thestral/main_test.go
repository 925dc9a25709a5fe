package thestral_test

import (
	"bytes"
	"log/slog"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // warnings and panics are a part of the tests
	os.Exit(m.Run())
}

// logged returns where the log goes until the test ends.
func logged(t *testing.T) *bytes.Buffer {
	var to bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&to, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &to
}
