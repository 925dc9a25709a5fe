package dudley

import (
	"net/http"
	"strings"

	"github.com/rootspush/roots/internal/batch"
	"github.com/rootspush/roots/internal/loopback"
	"github.com/rootspush/roots/thestral"
)

// The limits of one request. Those of a path and a message are in thestral.
const (
	// MaxBatch is how many updates a batch holds.
	MaxBatch = batch.MaxUpdates
	// MaxBody is how many bytes a body holds.
	MaxBody = batch.MaxBody
)

// Options of [New]. The zero value is safe: it serves this machine alone.
type Options struct {
	// Token must come with each request, as "Authorization: Bearer TOKEN".
	// Default: none is asked for.
	Token string
	// Hosts are the names that a request may have in its Host header, beside
	// localhost and the loopback addresses; the port is not looked at. Default:
	// no others without a Token, and any with one, because a page that reaches
	// Dudley by DNS rebinding does not know the token.
	Hosts []string
	// RefuseControl refuses control paths, for back-ends that may send updates
	// but must not say who hears them. Default: they are taken.
	RefuseControl bool
	// RepeatsSkipMiddleware lets Dudley read the further posts of a connection by
	// itself, once one has come through the server and was taken. It checks host,
	// origin and token of each, but no middleware or router in front of it sees
	// those posts, wherever below the same prefix they go. What a middleware has set
	// in the answer's header is set in theirs. Other requests go through the server,
	// as do posts over TLS, HTTP/2 or HTTP/1.0. See [Dudley.Close]. Default: the
	// server reads all. (BenchmarkServer tells what it saves.)
	RepeatsSkipMiddleware bool
}

// Dudley is an [http.Handler] that hands the updates posted to it to a
// receiver. Requests may come from many goroutines at once.
type Dudley struct {
	receiver thestral.Prompt
	opt      Options
	hosts    map[string]bool
	origin   http.CrossOriginProtection
	counters counters
	regulars regulars
}

var _ http.Handler = (*Dudley)(nil)

// New returns a Dudley that hands updates to receiver, without a sender. A
// receiver that is not [thestral.Prompt] gets them from a [thestral.Queue], so
// that a slow one does not hold up back-ends; what overflows it is logged.
func New(receiver thestral.Thestral, opt Options) *Dudley {
	d := &Dudley{
		receiver: thestral.Prompted(receiver),
		opt:      opt,
		hosts:    make(map[string]bool),
		regulars: regulars{all: make(map[*regular]struct{})},
	}
	for _, host := range opt.Hosts {
		d.hosts[loopback.Name(host)] = true
	}
	return d
}

// ServeHTTP takes one request, as the table at the top of the package says.
func (d *Dudley) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := d.take(r)
	if fault != nil {
		d.refused(r, fault)
	} else if d.keep(w, r) {
		return
	}
	status, contentType, body := form(r, fault)
	write(w, status, contentType, body)
}

// take hands the updates of a request on, or says what is wrong with it.
func (d *Dudley) take(r *http.Request) *batch.Refusal {
	if fault := d.admit(r); fault != nil {
		return fault
	}
	body, fault := batch.Read(r)
	if fault != nil {
		return fault
	}
	updates, fault := d.parse(strings.TrimPrefix(r.URL.Path, "/"), body)
	d.deliver(updates, body)
	return fault
}

// parse returns the updates that a body holds, all of them valid, or what is wrong.
func (d *Dudley) parse(path string, body []byte) ([]thestral.Update, *batch.Refusal) {
	if path == "" {
		return batch.Parse(body, d.opt.RefuseControl)
	}
	u := thestral.Update{Path: path, Message: string(body)}
	if fault := batch.Check(u, d.opt.RefuseControl); fault != nil {
		return nil, fault
	}
	return []thestral.Update{u}, nil
}

// deliver hands on what a body holds.
func (d *Dudley) deliver(updates []thestral.Update, body []byte) {
	d.counters.bytes.Add(uint64(len(body)))
	d.counters.updates.Add(uint64(len(updates)))
	for _, u := range updates {
		thestral.Deliver(d.receiver, nil, u.Path, u.Message)
	}
}
