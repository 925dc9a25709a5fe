package stage

import (
	"context"
	"io/fs"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze/parking"
	"github.com/rootspush/roots/pig"
	"github.com/rootspush/roots/thestral"
)

// Options are what may be chosen about a Stage.
type Options struct {
	// Scripts has a folder for each script. One that may be changed by others
	// should be opened with os.OpenRoot, so that no link leads out of it.
	Scripts fs.FS
	// Widgets has the JavaScript of the widgets, such as "Histogram.js".
	Widgets fs.FS
	// Singing has the files of an external singing client; nil if there is none.
	Singing fs.FS
	// Secrets are the values of the secrets file, by name: see README.md.
	Secrets map[string]string
	// Proxies are addresses whose X-Forwarded-For is believed, beside those of
	// this machine.
	Proxies []netip.Prefix
}

// A Stage is an http.Handler for all rituals of a server. Its methods may be
// called from many goroutines at once.
type Stage struct {
	options  Options
	handler  http.Handler
	roots    *dolores.Dolores // hands on what changes
	owl      *pig.Pig         // knows who waits for it
	lot      *parking.Lot     // where they wait
	logins   *logins
	fetch    http.Client   // gets photos
	bodies   budget        // of requests
	pictures budget        // and faces of all rituals
	reading  chan struct{} // holds one while a script is read
	began    time.Time

	life     context.Context // ends with Close
	end      context.CancelFunc
	draining context.Context // ends with Drain
	drain    context.CancelFunc
	running  sync.WaitGroup // all goroutines

	mu      sync.Mutex // guards what is below
	rituals map[string]*ritual
	closed  bool
}

// New returns a Stage without rituals. Its owner calls Close at the end.
func New(options Options) *Stage {
	s := &Stage{
		options:  options,
		roots:    new(dolores.Dolores),
		lot:      parking.New(parking.Options{}),
		logins:   newLogins(options.Secrets["LOGIN_KEY"]),
		fetch:    newFetcher(isPublic),
		bodies:   budget{most: maxBodies},
		pictures: budget{most: maxPictureBytes},
		reading:  make(chan struct{}, 1),
		began:    time.Now(),
		rituals:  map[string]*ritual{},
	}
	s.owl = pig.New(s.roots, pig.Options{Remember: maxMail, Age: oblivion})
	s.roots.Delegate(s.owl)
	s.life, s.end = context.WithCancel(context.Background())
	s.draining, s.drain = context.WithCancel(s.life)
	s.handler = s.routes()
	s.running.Go(s.sweep)
	return s
}

// ServeHTTP answers a request to any of the routes.
func (s *Stage) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Drain answers all who wait, and lets nobody wait from now on. It is for
// [http.Server.RegisterOnShutdown], and does not wait.
func (s *Stage) Drain() {
	s.drain()
	for conn := range s.lot.All() {
		conn.Wake()
	}
}

// Close drains, ends all rituals, and waits for what they had under way. It is
// called once, when no request is being served any more.
func (s *Stage) Close() {
	s.Drain()
	s.lot.Close()
	s.mu.Lock()
	s.closed = true
	all := s.rituals
	s.rituals = map[string]*ritual{}
	s.mu.Unlock()
	for _, r := range all {
		r.finish()
	}
	s.end()
	s.running.Wait()
}

// Begin begins a ritual that follows a script from a page on, the first being 1.
// An error says what is wrong with the name, the script or the page; there is no
// ritual then. It waits until the script has been read.
func (s *Stage) Begin(name, script string, page int) error {
	if err := s.checkNew(name); err != nil {
		return err
	}
	read, err := s.readScript(script)
	if err != nil {
		return err
	}
	r, err := newRitual(s, name, read, page)
	if err != nil {
		return err
	}
	if err := s.enter(r); err != nil {
		r.finish()
		return err
	}
	return nil
}

// enter makes a ritual known, if there is room for it by now.
func (s *Stage) enter(r *ritual) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.checkRoom(r.name)
	if err == nil {
		s.rituals[r.name] = r
	}
	return err
}

// checkNew says why there can't be a new ritual with this name.
func (s *Stage) checkNew(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checkRoom(name)
}

// checkRoom is called with the lock held.
func (s *Stage) checkRoom(name string) error {
	switch {
	case s.rituals[name] != nil:
		return errDuplicate
	case len(s.rituals) >= maxRituals:
		return refuse(http.StatusServiceUnavailable, "there are %d rituals already, which is as many as there may be", maxRituals)
	case s.closed:
		return refuse(http.StatusServiceUnavailable, "the server is going down")
	}
	return nil
}

// checkName says what is wrong with the name of a ritual, which is a segment of
// addresses and of paths. A star would make a path a pattern.
func checkName(name string) error {
	switch {
	case name == "":
		return errBadForm
	case len(name) > maxName:
		return refuse(http.StatusBadRequest, "the name has %d bytes, at most %d are allowed", len(name), maxName)
	case slices.Contains([]string{".", "..", "widgets", "avatar"}, name):
		return refuse(http.StatusBadRequest, "no ritual can have the name %q", name)
	case strings.ContainsAny(name, `/\*`), thestral.CheckPath(name) != nil:
		return refuse(http.StatusBadRequest, "the name %q must be printable text without / \\ and *", name)
	}
	return nil
}

// readScript reads one script at a time.
func (s *Stage) readScript(name string) (*script, error) {
	s.reading <- struct{}{}
	defer func() { <-s.reading }()
	return readScript(s.options.Scripts, name)
}

func (s *Stage) find(name string) *ritual {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rituals[name]
}

// all returns the rituals, in the order of their names.
func (s *Stage) all() []*ritual {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*ritual
	for _, r := range s.rituals {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *ritual) int { return strings.Compare(a.name, b.name) })
	return all
}

// now is the time since the stage began.
func (s *Stage) now() time.Duration { return time.Since(s.began) }

func (s *Stage) secret(name string) string { return s.options.Secrets[name] }
