package faults

import "fmt"

// A feed checks what a session hears of one path, and knows what a page would
// know of its state.
type feed struct {
	begun  bool   // the empty message came
	loaded uint64 // the state was loaded then
	newest uint64 // the number of the last message, or 0 if none came
}

// begin takes the empty message, which comes first, and once. State is what the
// page loads then.
func (f *feed) begin(state uint64) error {
	if f.begun {
		return fmt.Errorf("a second empty message came, after number %d", f.newest)
	}
	f.begun, f.loaded = true, state
	return nil
}

// next takes a message.
func (f *feed) next(number uint64) error {
	switch {
	case !f.begun:
		return fmt.Errorf("number %d came before the empty message", number)
	case f.newest == 0 && number > f.loaded+1:
		return fmt.Errorf("the state was loaded at %d, and the first message is %d", f.loaded, number)
	case f.newest > 0 && number != f.newest+1:
		return fmt.Errorf("number %d came after %d", number, f.newest)
	}
	f.newest = number
	return nil
}

// knows says whether the page knows the state.
func (f *feed) knows(state uint64) bool { return f.begun && max(f.loaded, f.newest) >= state }
