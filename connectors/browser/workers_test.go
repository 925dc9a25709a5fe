package browser_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/rootspush/roots/internal/chromium"
	"github.com/rootspush/roots/internal/testenv"
)

// workerScript listens to path "a" in a worker, be it shared, and hands on what
// it hears to the pages that started it.
const workerScript = `
	import { Pomona } from "/comet/pomona.js";
	const heard = [];
	const ports = globalThis.onconnect === undefined ? [globalThis] : [];
	const say = (port) => port.postMessage(heard);
	globalThis.onconnect = ({ ports: [port] }) => say(ports[ports.push(port) - 1]);
	new Pomona({ connectUrl: "/connect/{id}" }).connect("a", (message) => {
		heard.push(message);
		ports.forEach(say);
	}, () => {
		heard.unshift("ready");
		ports.forEach(say);
	});
`

// TestWorkers: a dedicated worker, a shared one and their page have one session.
func TestWorkers(t *testing.T) {
	browser := chromium.Start(t)
	s := newSite(t, direct)
	window := s.openTabs(t, browser, 1, `{}`)[0]
	chromium.Eval[bool](t, window, `(() => {
		window.from = {};
		new Worker("/worker.js", { type: "module" }).onmessage = ({ data }) => (from.dedicated = data);
		new SharedWorker("/worker.js", { type: "module" }).port.onmessage = ({ data }) => (from.shared = data);
		return true;
	})()`)
	chromium.WaitFor(t, window, `from.dedicated[0] === "ready" && from.shared[0] === "ready"`)
	s.publish(1, 20)
	wantHeard(t, window, 20)
	const all = `["ready", ...heard].join()`
	chromium.WaitFor(t, window, fmt.Sprintf(`from.dedicated.join() === %[1]s && from.shared.join() === %[1]s`, all))
	s.wantSessions(t, 1)
}

// TestNode: in Node each Pomona has a session of its own.
func TestNode(t *testing.T) {
	node := testenv.Need(t, "node", "nodejs")
	s := newSite(t, direct)
	command := exec.CommandContext(t.Context(), node, "--input-type=module", "--eval", `
		const [, module, site] = process.argv;
		const { Pomona } = await import(module);
		for (const name of ["one", "other"]) {
			const pomona = new Pomona({ url: site + "/comet/", connectUrl: site + "/connect/{id}" });
			pomona.connect("a", (message) => {
				console.log(name, message);
				pomona.close();
			});
			await new Promise((ready) => pomona.addEventListener("ready", ready));
		}
		console.log("ready");
	`, absolute(t, "pomona.js"), s.address)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	heard := map[string]bool{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			s.wantSessions(t, 2)
			s.publish(1, 1)
		}
		heard[lines.Text()] = true
	}
	must(t, command.Wait()) // it ends by itself, once both are closed
	if !heard["one 1"] || !heard["other 1"] || len(heard) != 3 {
		t.Errorf("heard %v", heard)
	}
}
