package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"testing"
)

// TestMain keeps out of the output what the pieces log about bad requests.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	m.Run()
}

// TestRun starts the server at a free port, and stops it while a browser waits.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"--listen", "127.0.0.1:0"}, in) }()

	line, err := bufio.NewReader(out).ReadString('\n')
	address := regexp.MustCompile(`^The to-do list is at (http://127\.0\.0\.1:[1-9]\d*)/\n$`).FindStringSubmatch(line)
	if err != nil || address == nil {
		t.Fatalf("it says %q, %v", line, err)
	}
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	get := func(path string) (int, string) {
		answer, err := client.Get(address[1] + path)
		if err != nil {
			return 0, err.Error()
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body)
	}
	if status, body := get("/"); status != 200 {
		t.Errorf("the page: %d %s", status, body)
	}
	_, body := get("/comet/")
	where := regexp.MustCompile(`"reconnectWith":"(.*)"`).FindStringSubmatch(body)
	if where == nil {
		t.Fatalf("no session began: %s", body)
	}
	polled := make(chan int)
	go func() {
		status, _ := get("/comet/" + where[1])
		polled <- status
	}()
	stop()
	// The poll is answered, or refused if it came too late; it does not wait on.
	if status := <-polled; status != 200 && status != 0 {
		t.Errorf("the poll was answered %d", status)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, args := range [][]string{{"--listen", "127.0.0.1:99999"}, {"--listen", "nonsense"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%q was no error", args)
		}
	}
}
