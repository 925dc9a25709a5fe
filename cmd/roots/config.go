package main

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
)

// config is what flags, environment and file say.
type config struct {
	firenze, dudley, imperio, imperioHTTP string // addresses; empty is off

	token           string
	tlsCert, tlsKey string // files
	name            string
	origins         origins
	hold            duration
	delay           duration
	twoWay          bool
	log             logKind
	logLevel        logLevel
	record          string // a file; empty is off
	recordSize      byteSize
	recordKeep      number
	nats            natsConfig
	state           string // a file; empty is off
}

// newFlags returns the flags of the server, with what holds if they are not given.
func (c *config) newFlags() *flag.FlagSet {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.String("config", "", "a `FILE` that sets what is set neither by flags nor in the environment")
	flags.StringVar(&c.firenze, "firenze", "127.0.0.1:8008", "`address` where browsers get updates; port 0 picks a free one, empty is off")
	flags.StringVar(&c.dudley, "dudley", "127.0.0.1:8004", "`address` where back-ends post updates; empty is off")
	flags.StringVar(&c.imperio, "imperio", "127.0.0.1:8007", "`address` for updates as lines of text over TCP; empty is off")
	flags.StringVar(&c.imperioHTTP, "imperio-http", "", "`address` for the GET form of 2009, which any web page can misuse (default off)")
	flags.StringVar(&c.token, "token", "", "what back-ends must send to Dudley, as \"Authorization: Bearer `TOKEN`\"")
	flags.StringVar(&c.tlsCert, "tls-cert", "", "`FILE` with a certificate, and those that vouch for it, in PEM form: Firenze then speaks TLS, and so does Dudley where others than this machine reach it; read anew when it changes")
	flags.StringVar(&c.tlsKey, "tls-key", "", "`FILE` with the private key of that certificate, in PEM form; read anew when it changes")
	flags.StringVar(&c.name, "name", dolores.DefaultName, "`name` of this node, which the ids of its sessions begin with")
	flags.Var(&c.origins, "origin", "`site` whose pages may use Firenze from elsewhere, as in https://example.org; repeatable")
	c.hold = duration(firenze.DefaultHold)
	flags.Var(&c.hold, "hold", "how much `time` a poll waits for something to say")
	flags.Var(&c.delay, "delay", "how much `time` a poll goes on gathering once there is something")
	flags.BoolVar(&c.twoWay, "two-way", false, "take updates from browsers too: each may then send to every path but control paths")
	flags.Var(&c.log, "log", "the `kind` of log of all updates on standard error: frames, json or off")
	flags.Var(&c.logLevel, "log-level", "the least `level` of what is logged: debug, info, warn or error; updates are info")
	flags.StringVar(&c.record, "record", "", "`FILE` that all updates are written to, for roots replay; the one that was there becomes FILE.1")
	c.recordSize = 100e6
	flags.Var(&c.recordSize, "record-size", "the `size` at which the recording goes on in a new file")
	c.recordKeep = 5
	flags.Var(&c.recordKeep, "record-keep", "the `number` of old recordings that are kept, FILE.1 being the newest")
	flags.StringVar(&c.nats.url, "nats", "", "`URL` of NATS, which joins this node with others, as in nats://host:4222, with commas between several servers of a cluster; or embedded, for a NATS server in this process (default off)")
	flags.StringVar(&c.nats.listen, "nats-listen", "", "`address` where other nodes reach the embedded NATS server (default 127.0.0.1:4222)")
	flags.StringVar(&c.nats.token, "nats-token", "", "what nodes must say to NATS, the `TOKEN` of its authorization; the embedded server listens elsewhere than on this machine only with it")
	flags.StringVar(&c.nats.credentials, "nats-creds", "", "`FILE` with the credentials that NATS gave to this node")
	flags.StringVar(&c.nats.ca, "nats-ca", "", "`FILE` with the certificates that vouch for NATS, in PEM form; for the embedded server, those that vouch for other nodes, which then must have one")
	flags.StringVar(&c.nats.cert, "nats-cert", "", "`FILE` with the certificate that this node shows to NATS, in PEM form, or the embedded server to other nodes")
	flags.StringVar(&c.nats.key, "nats-key", "", "`FILE` with the private key of that certificate, in PEM form")
	flags.StringVar(&c.state, "state", "", "`FILE` that the sessions are kept in from SIGTERM until the next process takes them up, so that no client notices; with --nats it gets those that no other node takes")
	return flags
}

// check says what is wrong with settings that are right each for itself.
func (c *config) check() error {
	switch {
	case c.hold <= 0 || c.delay < 0:
		return fmt.Errorf("hold is %v and delay is %v, but hold must be more than 0s and delay at least 0s", &c.hold, &c.delay)
	case (c.tlsCert == "") != (c.tlsKey == ""):
		return errors.New("tls-cert and tls-key go together, but only one of them is set")
	}
	return c.nats.check(c.name)
}

// duration is a flag whose error says what would be right.
type duration time.Duration

func (d *duration) String() string { return time.Duration(*d).String() }

// Set takes what [time.ParseDuration] does.
func (d *duration) Set(value string) error {
	t, err := time.ParseDuration(value)
	if err != nil {
		return errors.New("it must be a time such as 30s or 250ms")
	}
	*d = duration(t)
	return nil
}

// byteSize is a number of bytes.
type byteSize int64

// units are what a size may be written in, the largest first.
var units = []struct {
	name  string
	bytes byteSize
}{{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}}

func (s *byteSize) String() string {
	for _, u := range units {
		if *s > 0 && *s%u.bytes == 0 {
			return fmt.Sprint(int64(*s/u.bytes), u.name)
		}
	}
	return fmt.Sprint(int64(*s))
}

// Set takes a number of bytes, with a unit or without.
func (s *byteSize) Set(value string) error {
	text, unit := value, byteSize(1)
	for _, u := range units {
		if before, ok := strings.CutSuffix(value, u.name); ok {
			text, unit = before, u.bytes
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(unit) {
		return errors.New("it must be a size such as 100MB, 500KB or 2GB")
	}
	*s = byteSize(n) * unit
	return nil
}

// number is a flag whose error says what would be right.
type number int

func (n *number) String() string { return strconv.Itoa(int(*n)) }

// Set takes 0 and more.
func (n *number) Set(value string) error {
	v, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return errors.New("it must be a number from 0 to 65535")
	}
	*n = number(v)
	return nil
}

// origins is a flag that may be given several times, or once with commas.
type origins []string

func (o *origins) String() string { return strings.Join(*o, ",") }

// Set takes sites as browsers write them in their Origin header, for that is
// what they are compared with.
func (o *origins) Set(value string) error {
	for site := range strings.SplitSeq(value, ",") {
		u, err := url.Parse(site)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != site {
			return fmt.Errorf("%q is no site, which is written \"https://example.org\", with the port if it has one and no slash at the end", site)
		}
		*o = append(*o, strings.ToLower(site))
	}
	return nil
}

// logKind is how updates are logged. The zero value is frames.
type logKind int

const (
	logFrames logKind = iota
	logJSON
	logOff
)

var logKinds = []string{"frames", "json", "off"}

func (k *logKind) String() string { return logKinds[*k] }

// Set takes one of the kinds by its name.
func (k *logKind) Set(value string) error {
	for i, name := range logKinds {
		if name == value {
			*k = logKind(i)
			return nil
		}
	}
	return fmt.Errorf("it must be one of %s", strings.Join(logKinds, ", "))
}
