package websocket_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/rootspush/roots/internal/websocket"
)

// TestCodes tries every code there is, in both directions.
func TestCodes(t *testing.T) {
	// Of section 7.4.1, and 1012 to 1014 of the registry that it founded.
	named := []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}
	for code := range 1 << 16 {
		valid := slices.Contains(named, code) || code >= 3000 && code < 5000
		payload := string(binary.BigEndian.AppendUint16(nil, uint16(code))) + "why"
		over := feed(0, frame(closeFrame, payload)).Over
		if over == nil || over.ByPeer != valid || !valid && over.Code != protocolError ||
			valid && (over.Code != websocket.Code(code) || over.Reason != "why") {
			t.Fatalf("code %d, valid %v, ends with %+v", code, valid, over)
		}
		want := []byte{closeFrame, 0}
		if valid {
			want = append([]byte{closeFrame, byte(len(payload))}, payload...)
		}
		if got := websocket.AppendClose(nil, websocket.Code(code), "why"); !bytes.Equal(got, want) {
			t.Fatalf("AppendClose of %d is %x, want %x", code, got, want)
		}
	}
}

func TestReasons(t *testing.T) {
	for reason, want := range map[string]string{
		"":               "",
		long(123):        long(123),
		long(124):        long(123),
		long(9999):       long(123),
		long(122) + "é":  long(122),
		long(121) + "é":  long(121) + "é",
		long(120) + "𝄞!": long(120),
		"a\xffb":         "ab",
		"a\xe2\x82":      "a",
	} {
		got := websocket.AppendClose([]byte("before"), 1000, reason)
		frame := append([]byte{closeFrame, byte(2 + len(want)), 0x03, 0xe8}, want...)
		if !bytes.Equal(got, append([]byte("before"), frame...)) || !utf8.ValidString(want) {
			t.Errorf("AppendClose with %q is %q, want %q", reason, got, frame)
		}
	}
}

// What ended the connection stays what ended it.
func TestOverIsOver(t *testing.T) {
	enough := &websocket.Closing{Code: websocket.UnsupportedData, Reason: "only text"}
	for name, c := range map[string]struct {
		input []byte
		code  websocket.Code
		calls int
	}{
		"closed by the peer":     {join(frame(closeFrame, "\x03\xe9"), frame(finText, "a")), 1001, 0},
		"a broken rule":          {join(frame(0x83, ""), frame(finText, "a")), 1002, 0},
		"the handler had enough": {join(frame(finText, "a"), frame(finBinary, "b"), frame(finText, "c")), 1003, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var reader websocket.Reader
			calls := 0
			handle := func(op websocket.Opcode, _ []byte) *websocket.Closing {
				calls++
				if op == websocket.Binary {
					return enough
				}
				return nil
			}
			over := reader.Feed(c.input, handle)
			again := reader.Feed(frame(finText, "more"), handle)
			last := reader.Feed(nil, handle)
			if over == nil || over.Code != c.code || again != over || last != over || calls != c.calls {
				t.Errorf("over is %+v, then %p and %p, after %d calls; want code %d each time, %d calls", over, again, last, calls, c.code, c.calls)
			}
			if !reader.Idle() {
				t.Error("the Reader keeps something after the end")
			}
		})
	}
}
