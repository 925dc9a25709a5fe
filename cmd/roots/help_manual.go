package main

import (
	"slices"
	"strings"
)

// groups are the flags of the server by what they are about. One that is in none
// of them is told of behind them.
var groups = []struct {
	title string
	names []string
}{
	{"OPTIONS: ADDRESSES", []string{"firenze", "dudley", "imperio", "imperio-http"}},
	{"OPTIONS: WHO MAY DO WHAT", []string{"token", "origin", "two-way", "tls-cert", "tls-key"}},
	{"OPTIONS: DELIVERY", []string{"hold", "delay"}},
	{"OPTIONS: SEVERAL NODES", []string{"name", "nats", "nats-listen", "nats-token", "nats-creds", "nats-ca", "nats-cert", "nats-key"}},
	{"OPTIONS: RESTARTS", []string{"state"}},
	{"OPTIONS: LOG AND RECORDING", []string{"log", "log-level", "record", "record-size", "record-keep"}},
	{"OPTIONS: CONFIGURATION", []string{"config"}},
}

// manual is what there is to say about roots.
func manual() []section {
	sections := []section{
		{"NAME", []part{{text: "roots - adds push to web applications"}}},
		{"SYNOPSIS", []part{{term: "roots [flags]"}, {term: "roots COMMAND [flags] ..."}}},
		{"DESCRIPTION", []part{{text: "Back-ends say that something changed, and the browsers that may know about it hear so at once. Without a command roots serves: it prints its addresses, and logs every update on standard error, one a line. It ends on SIGTERM or SIGINT, after those who wait got what there was for them."}}},
		{"COMMANDS", commandParts()},
	}
	sections = append(sections, optionSections()...)
	return append(sections, []section{
		{"ADDRESSES", addressParts},
		{"ENVIRONMENT", environmentParts},
		{"FILES", fileParts},
		{"EXIT STATUS", exitParts},
		{"EXAMPLES", exampleParts},
	}...)
}

func commandParts() (parts []part) {
	for _, c := range commands() {
		parts = append(parts, part{strings.TrimSpace(c.name + " " + c.args), c.summary})
	}
	return append(parts, part{text: "roots COMMAND --help tells more about one. Flags may stand before and behind the words of a command; what follows -- is no flag."})
}

// optionSections describes all flags of the server.
func optionSections() (sections []section) {
	flags := new(config).newFlags()
	rest := append(settingNames(flags), "config")
	for _, g := range groups {
		there := slices.DeleteFunc(slices.Clone(g.names), func(name string) bool { return !slices.Contains(rest, name) })
		rest = slices.DeleteFunc(rest, func(name string) bool { return slices.Contains(there, name) })
		sections = append(sections, section{g.title, flagParts(flags, there)})
	}
	if len(rest) > 0 {
		sections = append(sections, section{"OPTIONS: MORE", flagParts(flags, rest)})
	}
	return sections
}

var addressParts = []part{
	{"127.0.0.1:8008", "A host and a port over TCP. Port 0 picks a free one."},
	{"unix:/run/roots/dudley.sock", "A Unix socket. Its owner and its group may connect (mode 0660), so no token is needed at it. What a dead process left behind is replaced, and the file is removed at the end. Commands take it in place of a URL."},
	{text: "Whoever reaches Dudley or Imperio rules the server. So Dudley listens where others than this machine reach it only with a token, and Imperio never does."},
	{text: "With a certificate Firenze speaks TLS at a host and port, and so does Dudley where others reach it, for its token must not cross a network as clear text. At a Unix socket and on this machine neither is encrypted. Clients that wait cost more memory over TLS than behind a proxy that ends it."},
}

var environmentParts = []part{
	{"ROOTS_...", "Each flag can be set by a variable: --imperio-http by ROOTS_IMPERIO_HTTP and so on, with commas between several origins. A flag wins over a variable, and a variable over the file of settings. Commands have theirs too: ROOTS_URL, ROOTS_TOKEN."},
	{"NO_COLOR", "If it is not empty, nothing is coloured on a terminal either."},
	{"SSL_CERT_FILE", "The certificates that commands trust when they speak to a server with TLS, for one of your own."},
	{"GOGC", "How much the heap may grow before garbage is collected, in percent. If it is not set, that is 50 percent or 32 MiB, whichever is more, and all is collected when there is little to do."},
}

var fileParts = []part{
	{"the FILE of --config", "Lines \"name = value\" with the names of the flags: \"hold = 10s\", \"two-way = true\". An empty value is an empty value. A flag that is repeatable may have several lines. Lines that begin with # are comments."},
	{"the FILE of --state", "The sessions, between two processes: written at the end, read and removed at the start. Whoever reads it can take the part of every client, so it is for its owner alone."},
	{"the FILE of --record", "A line for each update: the time, the path, a semicolon, the message. A full one becomes FILE.1, that one FILE.2, and so on. What a disk that is slow or full can't take is counted and logged, and holds nobody up. Messages are in it, but no key of a session."},
}

var exitParts = []part{
	{"0", "All is done, also after SIGTERM or SIGINT."},
	{"1", "Something failed: an address is taken, no server answers, an update was refused."},
	{"2", "The command, a flag, a variable or the file of settings is wrong."},
}

var exampleParts = []part{
	{"roots", "Try it: it prints the address of a page to open in two windows."},
	{"roots --config /etc/roots.conf --record /var/lib/roots/recording", "Serve with settings from a file, and keep what happens."},
	{"roots --firenze unix:/run/roots/firenze.sock --dudley unix:/run/roots/dudley.sock", "Serve behind a proxy on this machine, without any port."},
	{"roots --name a --nats embedded", "Serve as the first of several nodes. On the same machine, roots --name b --nats nats://127.0.0.1:4222 is the second, with ports of its own."},
	{"roots update my/data hello", "Say that something changed."},
	{"roots tail 'my/**' --json", "Watch what passes."},
	{"roots replay recording.1 recording", "See who heard what."},
	{"roots replay recording --to http://127.0.0.1:8004 --speed 10", "Send it all again, ten times as fast."},
	{". <(roots completion bash)", "Have the shell complete commands and flags."},
}
