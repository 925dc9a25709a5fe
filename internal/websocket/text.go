package websocket

import "unicode/utf8"

// validText returns how much of b is whole characters. It is false if b is no
// UTF-8, whatever may still come after it.
func validText(b []byte) (whole int, ok bool) {
	whole = len(b)
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				whole = i
			}
			break
		}
	}
	return whole, utf8.Valid(b[:whole])
}
