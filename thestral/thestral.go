// Package thestral holds the one idea that all of Roots is built from.
//
// A Thestral is whatever can be told that something changed. It has one method,
// Update, with three arguments: who says so, which path it is about, and what
// there is to say. Browsers that wait, the table of who hears what, the log, a
// guard, your own function: all are Thestrals, so any of them plugs in where
// any other does.
//
// # The rules
//
//  1. Update does not wait. A Thestral that is slow keeps a bounded queue, or
//     drops and says so.
//  2. Update may be called from many goroutines at once.
//  3. What one goroutine sends on one path arrives at every receiver in the
//     order sent.
//  4. Update may be called from inside Update: no piece holds a lock while it
//     calls another.
//  5. A Thestral that panics, or never returns, does harm to itself alone as
//     far as a piece can prevent it.
//  6. The sender is whom to answer, and nil means nobody.
//  7. Strings are shared, never copied.
//  8. A path is non-empty UTF-8 text without control characters; "/" separates
//     its segments. Paths that begin with "::" are control paths.
//
// Less formally: tell, never ask; never hold anybody up; keep the order.
//
// # What may not be assumed
//
// Nothing is said about the order between two goroutines, or between two
// receivers of one update. Ids belong to package dolores: a function can be a
// Thestral and has none. Thestrals must not be compared with ==, which panics
// on functions.
//
// # How rule 5 is kept
//
// A piece cannot make a stuck function return, but it can avoid waiting for
// it. Those who promise never to wait implement [Prompt] and are called at
// once, on the goroutine of the sender: sessions, logs, the pieces themselves.
// Everybody else, a [Func] above all, is called from a [Queue] of their own,
// one update at a time and in order. So a handler may be as slow as it likes,
// needs no lock of its own, and cannot recurse until the stack is full.
//
// The suite in package thestraltest runs any Thestral through these rules.
package thestral

// Thestral receives updates. The rules at the top of the package are its
// whole contract.
type Thestral interface {
	// Update tells the receiver that message is the news of path. The receiver
	// may keep all three arguments. It does not wait, and it may be called from
	// many goroutines at once. To answer, it calls sender.Update with itself as
	// the sender; a nil sender wants no answer.
	Update(sender Thestral, path, message string)
}

// Func makes a Thestral of a function. The pieces call it from a [Queue], so it
// may wait, and runs for one update at a time in each place where it is put.
type Func func(sender Thestral, path, message string)

// Update calls f.
func (f Func) Update(sender Thestral, path, message string) { f(sender, path, message) }

// Update is an update without its sender, as it goes over the wire: in the
// posts that Dudley takes and in the answers that Firenze gives.
type Update struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}
