package wevis

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// DefaultMaxFrame is how long a frame may be where nothing else was chosen.
const DefaultMaxFrame = 1 << 20

// The messages that every protocol begins with.
const (
	pingName    = "_ping"
	pongName    = "_pong"
	welcomeName = "_welcome"
	loginName   = "_login"
	rejectName  = "_loginReject"
	acceptName  = "_loginAccept"
)

// A Protocol is the list of messages that both ends know. Define all of them
// before the protocol is used; from then on it may be used from many goroutines.
type Protocol struct {
	// MaxFrame is how long a frame may be, in bytes, its length aside. It bounds
	// what is sent as well as what is received. [NewProtocol] sets it to
	// [DefaultMaxFrame].
	MaxFrame int

	definitions []*Definition // by id, from 1 on
	byName      map[string]*Definition
}

// NewProtocol returns a protocol that has only the messages of the library
// itself, which begin with "_" and have the numbers 1 to 6.
func NewProtocol() *Protocol {
	p := &Protocol{MaxFrame: DefaultMaxFrame, byName: map[string]*Definition{}}
	const own = `_ping
		_pong
		_welcome salt=str
		_login password=str username=str version=str
		_loginReject reason=str
		_loginAccept`
	if err := p.Parse("the library", own); err != nil {
		panic(err)
	}
	return p
}

// Define adds a message, with the next free number. It returns an error if a
// name or a type is wrong, or if the name is taken; then nothing is added.
func (p *Protocol) Define(name string, arguments ...Argument) error {
	d, err := define(name, arguments)
	if err == nil {
		err = p.free(name)
	}
	if err != nil {
		return fmt.Errorf("wevis: %w", err)
	}
	p.add(d)
	return nil
}

// free returns an error if name is taken.
func (p *Protocol) free(name string) error {
	if d := p.byName[name]; d != nil {
		return fmt.Errorf("message %q is defined already, as number %d: %s", name, d.id, d)
	}
	return nil
}

func (p *Protocol) add(d *Definition) {
	p.definitions = append(p.definitions, d)
	d.id = uint32(len(p.definitions))
	p.byName[d.name] = d
}

// Definition returns the definition with this name, or nil.
func (p *Protocol) Definition(name string) *Definition { return p.byName[name] }

// Definitions returns all definitions by their numbers, of which the first is 1.
func (p *Protocol) Definitions() []*Definition { return slices.Clone(p.definitions) }

// byID returns the definition with this number, or nil.
func (p *Protocol) byID(id uint32) *Definition {
	if id == 0 || uint64(id) > uint64(len(p.definitions)) {
		return nil
	}
	return p.definitions[id-1]
}

// Digest returns a hash of all definitions in their order. Two ends that tell
// each other theirs, in whatever way, know whether they speak the same protocol.
func (p *Protocol) Digest() string {
	var all strings.Builder
	for _, d := range p.definitions {
		fmt.Fprintln(&all, d)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(all.String())))
}
