package pig

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/rootspush/roots/thestral"
)

// MaxSegments is how many segments a pattern may have.
const MaxSegments = 32

// CheckPattern says what is wrong with pattern, or nil if it is one. Segments
// lie between slashes. "*" stands for exactly one segment, an empty one too;
// "**" stands for one or more and must be the last. A star may not be a part of
// a segment. Otherwise the rules for paths hold; a control path is no pattern.
// A path without a star is a pattern that matches itself.
func CheckPattern(pattern string) error {
	if err := thestral.CheckPath(pattern); err != nil {
		return err
	}
	if thestral.IsControl(pattern) {
		return fmt.Errorf("control path %q can't be matched", pattern)
	}
	segments := strings.Split(pattern, "/")
	if len(segments) > MaxSegments {
		return fmt.Errorf("pattern %q has %d segments, at most %d are allowed", pattern, len(segments), MaxSegments)
	}
	for i, s := range segments {
		switch {
		case s == "**" && i < len(segments)-1:
			return fmt.Errorf("pattern %q has \"**\" before its end, only the last segment may be \"**\"", pattern)
		case s != "*" && s != "**" && strings.Contains(s, "*"):
			return fmt.Errorf("pattern %q has a star inside of a segment, it must be a whole segment as in \"a/*/b\"", pattern)
		}
	}
	return nil
}

// A node stands for the first segments of patterns. Matching visits only nodes
// that exist, so it is the patterns that cost, not the length of the path.
type node struct {
	here     list // for the pattern that ends with this node
	rest     list // for the pattern that goes on with "**"
	star     atomic.Pointer[node]
	children table[node]
}

func (n *node) empty() bool {
	return n.here.live+n.rest.live == 0 && n.star.Load() == nil && n.children.live == 0
}

// at returns the list for pattern. It makes the nodes that are missing if it is to
// grow, and returns nil if not.
func (n *node) at(pattern string, grow bool) *list {
	for more := true; more; {
		var segment string
		segment, pattern, more = strings.Cut(pattern, "/")
		if segment == "**" {
			return &n.rest
		}
		if n = n.child(segment, grow); n == nil {
			return nil
		}
	}
	return &n.here
}

func (n *node) child(segment string, grow bool) *node {
	switch {
	case segment == "*":
		if n.star.Load() == nil && grow {
			n.star.Store(new(node))
		}
		return n.star.Load()
	case grow:
		return n.children.put(hashOf(segment), segment)
	default:
		return n.children.get(hashOf(segment), segment)
	}
}

// prune takes out the nodes along pattern that nobody needs any more.
func (n *node) prune(pattern string) {
	segment, pattern, more := strings.Cut(pattern, "/")
	child := n.child(segment, false)
	if child == nil || segment == "**" {
		return
	}
	if more {
		child.prune(pattern)
	}
	switch {
	case !child.empty():
	case segment == "*":
		n.star.Store(nil)
	default:
		n.children.remove(hashOf(segment), segment)
	}
}

// match hands u to the local receivers of each pattern that matches path, and
// reports whether there are any with an id.
func (n *node) match(u *update, path string) (ids bool) {
	n.each(path, func(l *list) {
		l.deliver(u.sender, u.path, u.message, u.seq, true)
		ids = ids || l.ids.Load() > 0
	})
	return ids
}

// each visits the list of every pattern that matches path.
func (n *node) each(path string, visit func(*list)) {
	visit(&n.rest)
	segment, path, more := strings.Cut(path, "/")
	for _, child := range [...]*node{n.children.get(hashOf(segment), segment), n.star.Load()} {
		switch {
		case child == nil:
		case more:
			child.each(path, visit)
		default:
			visit(&child.here)
		}
	}
}
