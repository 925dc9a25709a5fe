// Package dolores is the controller of Roots: she gives ids to Thestrals, finds
// them by id, hands every update to her delegates, and announces who came and
// who went.
//
// She knows nothing of paths. Whoever does, a Pig as a rule, is her delegate;
// a log is another, a guard may stand before either.
//
//	call            what the delegates are told
//	Update          path and message as they came, with the sender as it was
//	Register        ::register with the new id
//	Adopt           ::register with an id from elsewhere
//	Unregister      ::gone with the id, after she forgot it herself
//
// # Guarantees
//
//   - Each delegate gets updates in the order in which one goroutine gave them,
//     and the delegates get each of them in the order in which they were added.
//   - ::register and ::gone are hers alone. From anybody else they are dropped,
//     counted and logged.
//   - A delegate that panics or never returns costs the others nothing.
//   - An id is never given twice, and can't be guessed.
//
// An id is not a secret: it may be logged and posted to a back-end. It names
// somebody, and gives no right to be that one.
//
// # Starting and stopping
//
// Whatever runs for as long as the program does, such as a listener or a
// server, can be put in her care: [Dolores.Care] and [Dolores.Run].
//
// Registering costs an entry in a table, looking up one look-up without a lock,
// and an update one call for each delegate.
package dolores

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/rootspush/roots/thestral"
)

// DefaultName is what ids begin with where no name was chosen.
const DefaultName = "dolores"

// MaxName is how long a name may be, in bytes, so that an id stays short.
const MaxName = 64

// nameLetters mean nothing special in any form that an id is written in: the
// message of a connection, a line of text, a URL.
const nameLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// Dolores keeps the Thestrals that have an id, and tells her delegates all that
// happens. All methods may be called from many goroutines at once, from inside
// an Update too, and do not wait. The zero value has the default name.
type Dolores struct {
	name    string
	count   atomic.Uint64 // of ids ever given
	members sync.Map      // id -> thestral.Thestral; it gives memory back when members leave
	present atomic.Int64
	refused atomic.Uint64

	delegates atomic.Pointer[[]*delegate]
	mu        sync.Mutex // guards writing to delegates, and cared
	cared     []cared
}

// randomLetters is how much of an id can't be guessed.
const randomLetters = 32

// A delegate has an identity, which a Thestral has not: those can't be compared.
type delegate struct{ to thestral.Prompt }

var _ thestral.Prompt = (*Dolores)(nil)

// New returns a Dolores whose ids begin with name, which says which node they
// belong to; empty stands for [DefaultName]. It returns an error for a name that
// is longer than [MaxName] or has anything in it but ASCII letters, digits,
// ".", "_" and "-".
func New(name string) (*Dolores, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	return &Dolores{name: name}, nil
}

func checkName(name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("name %q… is longer than %d bytes", name[:MaxName], MaxName)
	}
	for _, r := range name {
		if !strings.ContainsRune(nameLetters, r) {
			return fmt.Errorf("name %q must be made of letters, digits, \".\", \"_\" and \"-\"", name)
		}
	}
	return nil
}

// Register takes t in and returns its id: her name, 32 random letters and
// digits, and a number, with "-" between.
func (d *Dolores) Register(t thestral.Thestral) (id string) {
	if t == nil {
		panic("dolores: a nil Thestral can't be registered")
	}
	name := d.name
	if name == "" {
		name = DefaultName
	}
	id = fmt.Sprintf("%s-%s-%d", name, (rand.Text() + rand.Text())[:randomLetters], d.count.Add(1))
	d.members.Store(id, t)
	d.present.Add(1)
	d.tell(d, thestral.Register, id)
	return id
}

// Adopt takes t in under an id that it had before: with another Dolores, or with
// this one in a process that ended. It returns an error, and changes nothing, for
// what is no id that a Dolores gives, and for one that is registered.
func (d *Dolores) Adopt(id string, t thestral.Thestral) error {
	if t == nil {
		panic("dolores: a nil Thestral can't be adopted")
	}
	if err := checkID(id); err != nil {
		return err
	}
	if _, taken := d.members.LoadOrStore(id, t); taken {
		return fmt.Errorf("id %q is registered already", id)
	}
	d.present.Add(1)
	d.tell(d, thestral.Register, id)
	return nil
}

// checkID says what is wrong with an id, if it is none that Register may give.
func checkID(id string) error {
	const number = 20 // digits at most
	parts := strings.Split(id, "-")
	if n := len(parts); n < 3 || len(parts[n-2]) != randomLetters || parts[n-1] == "" || len(id) > MaxName+len("-")+randomLetters+len("-")+number {
		return fmt.Errorf("%.120q is no id, which is a name, %d letters and digits, and a number, with \"-\" between", id, randomLetters)
	}
	for _, r := range id {
		if !strings.ContainsRune(nameLetters, r) {
			return fmt.Errorf("id %.120q must be made of letters, digits, \".\", \"_\" and \"-\"", id)
		}
	}
	return nil
}

// Unregister lets the Thestral with this id go. An id that is unknown, or let
// go before, is no mistake.
func (d *Dolores) Unregister(id string) {
	if _, was := d.members.LoadAndDelete(id); was {
		d.present.Add(-1)
		d.tell(d, thestral.Gone, id)
	}
}

// Lookup returns the Thestral with this id.
func (d *Dolores) Lookup(id string) (thestral.Thestral, bool) {
	t, ok := d.members.Load(id)
	if !ok {
		return nil, false
	}
	return t.(thestral.Thestral), true
}

// Delegate has every update handed to t from now on, after those who were added
// before it. A Thestral that is added twice hears twice. Dismiss ends it, and
// may be called twice. Delegate panics if t would hand updates back to this
// Dolores at once: that would go on until the stack is full.
func (d *Dolores) Delegate(t thestral.Thestral) (dismiss func()) {
	if t == nil {
		panic("dolores: nil can't be a delegate")
	}
	if thestral.Reaches(t, d) {
		panic("dolores: a delegate would hand updates back to her")
	}
	added := &delegate{thestral.Prompted(t)}
	d.change(func(all []*delegate) []*delegate { return append(all, added) })
	return func() {
		d.change(func(all []*delegate) []*delegate {
			return slices.DeleteFunc(all, func(one *delegate) bool { return one == added })
		})
	}
}

// change puts a changed copy in the place of the delegates, so that those who
// are being told meanwhile are not disturbed.
func (d *Dolores) change(how func([]*delegate) []*delegate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	changed := how(slices.Clone(d.all()))
	d.delegates.Store(&changed)
}

func (d *Dolores) all() []*delegate {
	if all := d.delegates.Load(); all != nil {
		return *all
	}
	return nil
}

// Update hands the update to every delegate. ::register and ::gone are hers to
// say and are dropped here.
func (d *Dolores) Update(sender thestral.Thestral, path, message string) {
	if path == thestral.Register || path == thestral.Gone {
		d.refused.Add(1)
		slog.Warn("dolores refuses what only she may say", "path", path)
		return
	}
	d.tell(sender, path, message)
}

func (d *Dolores) tell(sender thestral.Thestral, path, message string) {
	for _, one := range d.all() {
		thestral.Deliver(one.to, sender, path, message)
	}
}

// Next lists the delegates.
func (d *Dolores) Next() []thestral.Thestral {
	var next []thestral.Thestral
	for _, one := range d.all() {
		next = append(next, one.to)
	}
	return next
}

// Stats are numbers about a Dolores.
type Stats struct {
	Registered int    // Thestrals that are here now
	Ever       uint64 // ids that were given
	Refused    uint64 // updates that only she may give
}

// Stats returns what has been counted.
func (d *Dolores) Stats() Stats {
	return Stats{Registered: int(d.present.Load()), Ever: d.count.Load(), Refused: d.refused.Load()}
}
