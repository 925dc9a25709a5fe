package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMain keeps out of the output what is logged about bad requests.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// start runs the command at a free port until the test ends, and returns the
// address that it prints.
func start(t *testing.T, args ...string) (base string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), in) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	address := regexp.MustCompile(`^Rituals begin at (http://127\.0\.0\.1:[1-9]\d*/)\n$`).FindStringSubmatch(line)
	if err != nil || address == nil {
		t.Fatalf("it says %q, %v", line, err)
	}
	return address[1]
}

func get(t *testing.T, client *http.Client, url string) (status int, body string) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestRun: without flags the scripts that come along are there.
func TestRun(t *testing.T) {
	base := start(t)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	if _, body := get(t, client, base); !strings.Contains(body, "<option>short") || !strings.Contains(body, "<option>everything") {
		t.Errorf("the control page is %s", body)
	}
	if status, body := get(t, client, base+"widgets/Histogram.js"); status != 200 || !strings.Contains(body, "class Histogram") {
		t.Errorf("a widget's code is answered %d %.200s", status, body)
	}
	for _, script := range []string{"short", "everything"} {
		resp, err := client.PostForm(base+"mkRitual", map[string][]string{"name": {"my " + script}, "script": {script}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.Request.URL.Path != "/my "+script+"/lead" || resp.StatusCode != 200 {
			t.Errorf("%s leads to %s, %d", script, resp.Request.URL.Path, resp.StatusCode)
		}
	}
}

// TestFlags: scripts, secrets and the singing client come from where they are said
// to be.
func TestFlags(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("scripts/mine/index.json", `{"background": "1.svg", "showParticipants": "none"}`)
	write("scripts/mine/1.svg", "<svg/>")
	write("singing/audio-worklet.js", "worklet")
	secrets := write("secrets.json", `{"LEADER_TOKEN": "s3cret", "OTHER": 7}`)
	base := start(t, "--scripts", filepath.Join(dir, "scripts"), "--secrets", secrets, "--ritual", "tonight", "--singing", filepath.Join(dir, "singing"))
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	if _, body := get(t, client, base); !strings.Contains(body, "tonight") {
		t.Errorf("the page is %s", body)
	}
	if _, body := get(t, client, base+"?controlpanel"); !strings.Contains(body, "<option>mine") || strings.Contains(body, "<option>short") {
		t.Errorf("the control page is %s", body)
	}
	resp, err := client.PostForm(base+"mkRitual", map[string][]string{"name": {"tonight"}, "script": {"mine"}, "token": {"s3cret"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if status, body := get(t, client, base+"tonight/audio-worklet.js"); status != 200 || body != "worklet" {
		t.Errorf("the singing client is answered %d %s", status, body)
	}
	if status, _ := get(t, client, base+"tonight/lead"); status != http.StatusForbidden {
		t.Errorf("anybody may lead: %d", status)
	}
}

func TestRunRefuses(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte("["), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"invalid port":           {"--listen", "127.0.0.1:99999"},
		"no such file":           {"--scripts", bad + ".no"},
		"no such file or direct": {"--singing", bad + ".no"},
		"must be a JSON object":  {"--secrets", bad},
		"is no network":          {"--proxies", "10.0.0.0/8,nonsense"},
	} {
		if err := run(t.Context(), args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", args, err, want)
		}
	}
}

func TestReadSecrets(t *testing.T) {
	if secrets, err := readSecrets(filepath.Join(t.TempDir(), "missing.json")); err != nil || len(secrets) != 0 {
		t.Errorf("a missing file: %v, %v", secrets, err)
	}
}

func TestParseNetworks(t *testing.T) {
	got, err := parseNetworks("10.0.0.0/8,192.0.2.7,,2001:db8::1")
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::1/128")}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}
