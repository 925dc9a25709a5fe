package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// metrics returns the lines that /metrics has, by name and labels.
func (p *process) metrics() (text string, values map[string]string) {
	p.t.Helper()
	text = p.get(p.addresses["dudley"] + "metrics")
	values = map[string]string{}
	for line := range strings.Lines(text) {
		if i := strings.LastIndex(line, " "); i > 0 && line[0] != '#' {
			values[line[:i]] = strings.TrimSpace(line[i:])
		}
	}
	return text, values
}

func (p *process) wantMetrics(want map[string]string) {
	p.t.Helper()
	_, values := p.metrics()
	got := map[string]string{}
	for name := range want {
		got[name] = values[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

// TestMetrics follows a few updates through the numbers.
func TestMetrics(t *testing.T) {
	p := start(t, "--two-way", "--log-level", "error")
	session := p.poll("")
	root := strings.TrimSuffix(p.addresses["dudley"], "/")
	p.post("::connect", session.id()+"->my/data")
	session = p.poll(session.ReconnectWith)
	p.post("my/data", "hello")
	p.post("::connect", "nonsense")
	p.get(root + "/nothing")
	r, _ := http.NewRequest("POST", p.addresses["firenze"]+session.ReconnectWith, strings.NewReader(`[{"path":"up","message":"x"}]`))
	resp, err := http.DefaultClient.Do(r)
	body(t, resp, err)
	p.wantMetrics(map[string]string{
		`roots_sessions{transport="none"}`:              "1",
		`roots_sessions{transport="long-poll"}`:         "0",
		`roots_sessions{transport="sse"}`:               "0",
		`roots_sessions{transport="websocket"}`:         "0",
		`roots_connections`:                             "1",
		`roots_connected_ids`:                           "1",
		`roots_heard_paths`:                             "1",
		`roots_updates_received_total{piece="dudley"}`:  "3",
		`roots_updates_received_total{piece="firenze"}`: "1",
		`roots_updates_received_total{piece="imperio"}`: "0",
		`roots_received_bytes_total{piece="firenze"}`:   "29",
		`roots_messages_sent_total`:                     "1",
		`roots_sent_bytes_total`:                        "31",
		`roots_queued_messages`:                         "2", // that of the connection is not confirmed
		`roots_queued_bytes`:                            "67",
		`roots_longest_queue_messages`:                  "2",
		`roots_poll_hold_seconds_count`:                 "1",
		`roots_delivery_seconds_count`:                  "1",
		`roots_refused_total{piece="dudley"}`:           "1",
		`roots_refused_total{piece="filch"}`:            "0",
		`roots_malformed_total{piece="pig"}`:            "1",
		`roots_sessions_ended_total{reason="left"}`:     "0",
		`roots_log_lines_lost_total`:                    "0",
	})
	r, _ = http.NewRequest("DELETE", p.addresses["firenze"]+session.ReconnectWith, nil)
	resp, err = http.DefaultClient.Do(r)
	body(t, resp, err)
	p.wantMetrics(map[string]string{
		`roots_sessions{transport="none"}`: "0", `roots_connections`: "0", `roots_queued_messages`: "0",
		`roots_sessions_ended_total{reason="left"}`: "1",
	})
}

// TestMetricsAreGuarded as Dudley is.
func TestMetricsAreGuarded(t *testing.T) {
	p := start(t, "--token", "sesame", "--log-level", "debug")
	for _, c := range []struct {
		token  string
		status int
	}{{"", 401}, {"Bearer wrong", 401}, {"Bearer sesame", 200}} {
		r, _ := http.NewRequest("GET", p.addresses["dudley"]+"metrics", nil)
		r.Header.Set("Authorization", c.token)
		resp, err := http.DefaultClient.Do(r)
		if text := body(t, resp, err); resp.StatusCode != c.status || strings.Contains(text, "roots_sessions") != (c.status == 200) {
			t.Errorf("with %q the answer is %d %.200s", c.token, resp.StatusCode, text)
		}
	}
	if strings.Contains(p.stderr.String(), "sesame") {
		t.Errorf("the token is logged:\n%s", p.stderr)
	}
	open := start(t)
	r, _ := http.NewRequest("GET", open.addresses["dudley"]+"metrics", nil)
	r.Host = "evil.example"
	resp, err := http.DefaultClient.Do(r)
	if body(t, resp, err); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("for another host the answer is %d", resp.StatusCode)
	}
}

// TestMetricsWithoutFirenze: what is off has no numbers, and the rest has.
func TestMetricsWithoutFirenze(t *testing.T) {
	p := start(t, "--firenze", "")
	text, values := p.metrics()
	if strings.Contains(text, "firenze") || values["roots_connections"] != "0" || values["go_goroutines"] == "" {
		t.Errorf("the metrics are\n%s", text)
	}
}

// TestMetricNames keep Prometheus' conventions, and none is about an id or path.
func TestMetricNames(t *testing.T) {
	text, values := start(t, asNode...).metrics()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	labels := regexp.MustCompile(`(\w+)="`)
	for name := range values {
		for _, label := range labels.FindAllStringSubmatch(name, -1) {
			if strings.HasPrefix(name, "roots_") && !slices.Contains([]string{"le", "transport", "reason", "piece"}, label[1]) {
				t.Errorf("%s has the label %s", name, label[1])
			}
		}
	}
	for _, name := range []string{"go_goroutines", "process_cpu_seconds_total"} {
		if values[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
}

// A panel is as much of a dashboard as is of interest here.
type panel struct {
	ID      int
	Title   string
	GridPos struct{ H, W, X, Y int }
	Targets []struct{ Expr string }
}

// TestDashboard: Grafana can read it, each query uses metrics and labels that
// exist, and no metric of our own is left out.
func TestDashboard(t *testing.T) {
	file, err := os.Open("grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var board struct {
		Title, UID    string
		SchemaVersion int
		Panels        []panel
	}
	d := json.NewDecoder(file)
	if err := d.Decode(&board); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Error("something follows the dashboard")
	}
	if board.Title != "Roots" || board.UID == "" || board.SchemaVersion == 0 || len(board.Panels) == 0 {
		t.Errorf("it is no dashboard: %+v", board)
	}
	ids, used := map[int]bool{}, map[string]bool{}
	known := exported(t)
	for _, p := range board.Panels {
		if p.Title == "" || ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 || len(p.Targets) == 0 {
			t.Errorf("panel %d %q is wrong", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			for _, problem := range queryProblems(target.Expr, known, used) {
				t.Errorf("panel %q: %s: %s", p.Title, target.Expr, problem)
			}
		}
	}
	for name := range known {
		base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		if strings.HasPrefix(name, "roots_") && !used[name] && !used[base+"_bucket"] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// exported returns the labels of each metric that a server has.
func exported(t *testing.T) map[string][]string {
	all := map[string][]string{}
	_, values := start(t, append([]string{"--two-way"}, asNode...)...).metrics()
	for name := range maps.Keys(values) {
		metric, rest, _ := strings.Cut(name, "{")
		all[metric] = []string{"instance"} // which Prometheus adds
		for _, label := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(rest, -1) {
			all[metric] = append(all[metric], label[1])
		}
	}
	return all
}

var (
	queryWord  = regexp.MustCompile(`[a-zA-Z_]\w*`)
	queryParts = regexp.MustCompile(`\{([^{}]*)\}|\[[^\]]*\]|by \(([^()]*)\)|"[^"]*"`)
	functions  = []string{"sum", "max", "rate", "histogram_quantile"}
)

// queryProblems says what is wrong with a query, and marks the metrics in it.
func queryProblems(query string, known map[string][]string, used map[string]bool) (problems []string) {
	for _, pair := range []string{"()", "{}", "[]"} {
		if strings.Count(query, pair[:1]) != strings.Count(query, pair[1:]) {
			problems = append(problems, pair+" are not in pairs")
		}
	}
	var labels []string
	for _, part := range queryParts.FindAllStringSubmatch(query, -1) {
		matchers := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(part[1], "")
		labels = append(labels, queryWord.FindAllString(matchers+" "+part[2], -1)...)
	}
	metrics := 0
	for _, word := range queryWord.FindAllString(queryParts.ReplaceAllString(query, " "), -1) {
		if slices.Contains(functions, word) {
			continue
		}
		metrics++
		used[word] = true
		if known[word] == nil {
			problems = append(problems, "there is no metric "+word)
			continue
		}
		for _, label := range labels {
			if !slices.Contains(known[word], label) {
				problems = append(problems, word+" has no label "+label)
			}
		}
		if strings.HasSuffix(word, "_total") && !strings.Contains(query, "rate("+word) {
			problems = append(problems, word+" only ever grows, a rate must be taken of it")
		}
	}
	if metrics == 0 {
		problems = append(problems, "it asks for nothing")
	}
	return problems
}

// TestQueryProblems: what is wrong is found.
func TestQueryProblems(t *testing.T) {
	known := map[string][]string{"a_total": {"instance", "piece"}, "b": {"instance"}}
	for query, want := range map[string]int{
		`sum by (piece) (rate(a_total{instance=~"$instance"}[1m]))`: 0,
		`max(b)`: 0, `b / b`: 0,
		`sum(a_total)`: 1, `sum(b`: 1, `max(c)`: 1, `sum by (piece) (b)`: 1, `b{path="x"}`: 1, `max(b) + by (b`: 2, ``: 1,
	} {
		if got := queryProblems(query, known, map[string]bool{}); len(got) != want {
			t.Errorf("%s has the problems %q", query, got)
		}
	}
}
