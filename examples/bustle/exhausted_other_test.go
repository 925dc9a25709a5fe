//go:build !linux

package bustle

func limitWatches() error { return nil }
