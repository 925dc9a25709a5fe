package thestral

// Prompt is a Thestral that keeps rule 1 by the way it is built: Update takes a
// short lock at the most, and calls nobody but those whom Next lists. If these
// are prompt, so is it, and the pieces call it directly, which costs no queue
// and no goroutine.
type Prompt interface {
	Thestral
	// Next lists those whom Update may call before it returns; nil for none.
	// The pieces also use it to refuse a wiring that would run in a circle.
	Next() []Thestral
}

// Prompted returns t itself if it and all that it hands on to are [Prompt], and
// a [Queue] before it if not.
func Prompted(t Thestral) Prompt {
	if isPrompt(t) {
		return t.(Prompt)
	}
	return NewQueue(t, QueueLimit)
}

func isPrompt(t Thestral) bool {
	p, ok := t.(Prompt)
	if !ok {
		return false
	}
	for _, next := range p.Next() {
		if !isPrompt(next) {
			return false
		}
	}
	return true
}

// Reaches says whether an update given to from would be handed to piece before
// from returns. piece must be a pointer. A circle of direct calls would fill
// the stack, which ends the process and no recover can stop, so whoever adds a
// receiver asks this first. A way through a [Queue] is no such circle.
func Reaches(from Thestral, piece Prompt) bool {
	if from == Thestral(piece) {
		return true
	}
	p, ok := from.(Prompt)
	if !ok {
		return false
	}
	for _, next := range p.Next() {
		if Reaches(next, piece) {
			return true
		}
	}
	return false
}
