package websocket

// Held returns how many bytes of payload a Reader has room for.
func (r *Reader) Held() int {
	if r.kept == nil {
		return 0
	}
	return cap(r.kept.message.body) + cap(r.kept.control)
}

// Idle says whether a Reader holds nothing at all.
func (r *Reader) Idle() bool { return r.kept == nil }

var Unmask = unmask
