package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// asNode has a process be a node of its own.
var asNode = []string{"--name", "a", "--nats", "embedded", "--nats-listen", "127.0.0.1:0"}

// know waits until a node knows so many others.
func (p *process) know(n int) {
	p.t.Helper()
	testenv.Eventually(p.t, fmt.Sprintf("%d other nodes", n), func() bool {
		_, values := p.metrics()
		return values["roots_nats_nodes"] == fmt.Sprint(n) && values["roots_nats_linked"] == "1"
	})
}

// tells waits until the log has this text, which is on its way to the test.
func (p *process) tells(text string) {
	p.t.Helper()
	testenv.Eventually(p.t, "the log tells: "+text, func() bool { return strings.Contains(p.stderr.String(), text) })
}

// A guest is a client of a node.
type guest struct {
	*process
	answer
	got []thestral.Update
}

// visit begins a session, and has another node connect it.
func (p *process) visit(by *process, path string) *guest {
	p.t.Helper()
	v := &guest{process: p, answer: p.poll("")}
	by.post("::connect", v.id()+"->"+path)
	v.hear(1)
	return v
}

// hear polls until so many messages have come in all.
func (v *guest) hear(n int) {
	v.t.Helper()
	id := v.id()
	for len(v.got) < n {
		v.answer = v.poll(v.ReconnectWith)
		if v.id() != id {
			v.t.Fatalf("the session is %s instead of %s", v.id(), id)
		}
		v.got = append(v.got, v.Updates...)
	}
}

func (v *guest) want(pathsAndMessages ...string) {
	v.t.Helper()
	var want []thestral.Update
	for pair := range slices.Chunk(pathsAndMessages, 2) {
		want = append(want, thestral.Update{Path: pair[0], Message: pair[1]})
	}
	v.hear(len(want))
	if diff := cmp.Diff(want, v.got); diff != "" {
		v.t.Errorf("the updates differ (- want, + got):\n%s", diff)
	}
}

// TestTwoNodes on one machine, with nothing else: who shows what happens shows
// what comes from the other node too.
func TestTwoNodes(t *testing.T) {
	recording := filepath.Join(t.TempDir(), "recording")
	a := start(t, asNode...)
	b := start(t, "--name", "b", "--nats", a.addresses["nats"], "--record", recording)
	a.know(1)
	b.know(1)
	atA, atB := a.visit(b, "my/data"), b.visit(a, "my/data")
	tail := b.tailing("*/*")
	a.post("my/data", "one")
	atA.hear(2)
	atB.hear(2)
	b.post("", `[{"path":"my/data","message":"two"},{"path":"my/data","message":"three"}]`)
	atA.want("my/data", "", "my/data", "one", "my/data", "two", "my/data", "three")
	atB.want("my/data", "", "my/data", "one", "my/data", "two", "my/data", "three")
	tail.want(t, "my/data; one", "my/data; two", "my/data; three")
	b.wantMetrics(map[string]string{
		`roots_nats_gaps_total`: "0", `roots_nats_updates_received_total`: "2", `roots_refused_total{piece="nats"}`: "0",
		`roots_malformed_total{piece="pig"}`: "0", `roots_nats_connections_total`: "1",
	})
	if graph := b.get(b.addresses["dudley"] + "graph?format=dot"); !strings.Contains(graph, `"nats"`) || !strings.Contains(graph, `"other nodes"`) {
		t.Errorf("the picture does not show that there are other nodes:\n%s", graph)
	}
	b.terminate()
	if code := b.status(); code != 0 {
		t.Errorf("the exit status is %d", code)
	}
	a.know(0)
	log := strings.Join([]string{"::register; " + atB.id(), "::connect; " + atA.id() + "->my/data", "::connect; " + atB.id() + "->my/data",
		"my/data; one", "my/data; two", "my/data; three", "::gone; " + atB.id(), ""}, "\n")
	for what, text := range map[string]string{"log": updatesIn(b.stderr.String()), "recording": withoutTimes(t, recording)} {
		got, want := strings.Split(text, "\n"), strings.Split(log, "\n")
		slices.Sort(got[:3]) // who was first is not known
		slices.Sort(want[:3])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the %s differs (- want, + got):\n%s", what, diff)
		}
	}
}

// updatesIn leaves out what the pieces say themselves, and what a tail begins with.
func updatesIn(log string) (updates string) {
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "time=") && !strings.HasPrefix(line, "tail/ready") {
			updates += line
		}
	}
	return updates
}

func withoutTimes(t *testing.T, recording string) (updates string) {
	text, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		_, update, _ := strings.Cut(line, " ")
		updates += update
	}
	return updatesIn(updates)
}

// A natsServer is Debian's, with a user and a password.
type natsServer struct {
	t       *testing.T
	program string
	address string
	process *exec.Cmd
}

func (s *natsServer) url() string { return "nats://roots:sesame@" + s.address }

func (s *natsServer) start() {
	s.t.Helper()
	host, port, _ := net.SplitHostPort(s.address)
	s.process = exec.Command(s.program, "-a", host, "-p", port, "--user", "roots", "--pass", "sesame")
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	testenv.Eventually(s.t, "the NATS server", func() bool {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

func (s *natsServer) kill() {
	s.process.Process.Kill()
	s.process.Wait()
}

// TestThreeNodes around Debian's NATS server, which is killed and started again,
// as are nodes.
func TestThreeNodes(t *testing.T) {
	s := &natsServer{t: t, program: testenv.Need(t, "nats-server", "nats-server"), address: testenv.FreeAddress(t)}
	s.start()
	defer func() { s.kill() }()
	node := func(name string) *process { return start(t, "--name", name, "--nats", s.url(), "--hold", "200ms") }
	nodes := []*process{node("a"), node("b"), node("c")}
	for _, p := range nodes {
		p.know(2)
	}
	var guests []*guest
	for i, p := range nodes {
		guests = append(guests, p.visit(nodes[(i+1)%3], "news"))
	}
	want := []string{"news", ""}
	say := func(from int, message string) {
		nodes[from].post("news", message)
		want = append(want, "news", message)
	}
	hear := func() {
		t.Helper()
		for _, v := range guests {
			v.want(want...)
		}
	}
	for i := range 6 {
		say(i%3, fmt.Sprint(i))
		hear()
	}

	s.kill() // what is said meanwhile arrives later, and nobody's id changes
	for i := range 3 {
		nodes[i].post("news", fmt.Sprint("while NATS is away, by ", i))
	}
	s.start()
	for _, p := range nodes {
		p.know(2)
	}
	for _, v := range guests {
		v.hear(len(want)/2 + 3)
		v.got = v.got[:len(want)/2] // each hears its own node first
	}
	say(0, "NATS is back")
	hear()

	nodes[2].command.Process.Kill() // it says no good-bye
	nodes[2].status()
	guests = guests[:2]
	say(0, "one is away")
	hear()
	nodes[2] = node("c")
	for _, p := range nodes {
		p.know(2)
	}
	want = []string{"news", ""}
	guests = []*guest{nodes[2].visit(nodes[0], "news")}
	say(1, "hello")
	hear()
	for _, p := range nodes {
		p.wantMetrics(map[string]string{`roots_nats_gaps_total`: "0", `roots_sessions_ended_total{reason="dismissed"}`: "0"})
		if strings.Contains(p.stderr.String(), "sesame") {
			t.Errorf("the password is logged:\n%s", p.stderr)
		}
	}
}

// TestLostForGood: when a node dies together with NATS, nobody knows what it said
// last. Whoever is connected elsewhere begins anew.
func TestLostForGood(t *testing.T) {
	t.Parallel()
	first := []string{"--name", "a", "--nats", "embedded", "--nats-listen", testenv.FreeAddress(t)}
	a := start(t, first...)
	b := start(t, "--name", "b", "--nats", a.addresses["nats"], "--hold", "200ms")
	b.know(1)
	v := b.visit(b, "news")
	a.command.Process.Kill()
	a.status()
	start(t, first...)
	b.know(1)
	testenv.Eventually(t, "another id", func() bool { return b.poll(v.ReconnectWith).id() != v.id() })
	b.wantMetrics(map[string]string{`roots_nats_gaps_total`: "1", `roots_sessions_ended_total{reason="dismissed"}`: "1"})
	b.tells("updates of another node are lost")
}

// TestNATSWithTLS: certificates on both sides, and a token.
func TestNATSWithTLS(t *testing.T) {
	keys := &authority{dir: t.TempDir()}
	keys.issue(t)
	files := []string{"--nats-ca", keys.cert(), "--nats-cert", keys.cert(), "--nats-key", keys.key()}
	a := start(t, slices.Concat(asNode, files, []string{"--nats-token", "sesame"})...)
	url := strings.Replace(a.addresses["nats"], "nats://", "tls://", 1)
	b := start(t, slices.Concat([]string{"--name", "b", "--nats", url, "--nats-token", "sesame"}, files)...)
	a.know(1)
	v := b.visit(a, "news")
	a.post("news", "hello")
	v.want("news", "", "news", "hello")

	for name, args := range map[string][]string{
		"a wrong token":   slices.Concat([]string{"--nats", url, "--nats-token", "wrong-sesame"}, files),
		"no token":        slices.Concat([]string{"--nats", url}, files),
		"no certificate":  {"--nats", url, "--nats-token", "sesame", "--nats-ca", keys.cert()},
		"not vouched for": {"--nats", url, "--nats-token", "sesame"},
		"clear text":      {"--nats", a.addresses["nats"], "--nats-token", "sesame"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, append([]string{"--name", "c"}, args...)...)
			c.wantMetrics(map[string]string{`roots_nats_linked`: "0", `roots_nats_nodes`: "0"})
			c.tells("this node is cut off")
			if log := c.stderr.String(); strings.Contains(log, "sesame") {
				t.Errorf("the log is\n%s", log)
			}
		})
	}
}

// TestNATSAlone: a server whose NATS is not there serves its own clients.
func TestNATSAlone(t *testing.T) {
	t.Parallel()
	a := start(t, "--name", "a", "--nats", "nats://"+testenv.FreeAddress(t))
	v := a.visit(a, "news")
	a.post("news", "hello")
	v.want("news", "", "news", "hello")
	a.terminate()
	if code := a.status(); code != 0 {
		t.Errorf("the exit status is %d", code)
	}
}
