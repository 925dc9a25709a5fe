package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestRun starts the program without any configuration but a free port, stops it,
// and finds nothing left of it.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"--listen", "127.0.0.1:0"}, in) }()
	read := bufio.NewReader(out)
	line, _ := read.ReadString('\n')
	address := regexp.MustCompile(`^The page is at (http://127\.0\.0\.1:[1-9]\d*/)\n$`).FindStringSubmatch(line)
	line, _ = read.ReadString('\n')
	folder := regexp.MustCompile(`^The files are in (.*)\n$`).FindStringSubmatch(line)
	if address == nil || folder == nil {
		t.Fatalf("it says %q", line)
	}
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answer, err := client.Get(address[1])
	ok(t, err)
	answer.Body.Close()
	if answer.StatusCode != 200 {
		t.Errorf("the page: status %d", answer.StatusCode)
	}
	if _, err := os.Stat(filepath.Join(folder[1], everyone, "hello.txt")); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(folder[1]); !os.IsNotExist(err) {
		t.Errorf("the demo folder is left: %v", err)
	}
}

// TestFolderIsKept: one that was given is not removed, and must be there.
func TestFolderIsKept(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "mine.txt"), "mine")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	ok(t, run(ctx, []string{"--listen", "127.0.0.1:0", "--folder", folder}, io.Discard))
	if _, err := os.Stat(filepath.Join(folder, "mine.txt")); err != nil {
		t.Error(err)
	}
	for _, args := range [][]string{{"--folder", filepath.Join(folder, "missing")}, {"--folder", filepath.Join(folder, "mine.txt")}, {"--listen", "127.0.0.1:99999"}} {
		if err := run(ctx, args, io.Discard); err == nil {
			t.Errorf("%q was no error", args)
		}
	}
}
