package websocket_test

import (
	"strings"
	"testing"

	"github.com/rootspush/roots/internal/websocket"
)

const (
	text, binaryOp, ping, pong = websocket.Text, websocket.Binary, websocket.Ping, websocket.Pong

	caseLimit = 70_000 // of a message, in all cases
)

// first bytes of frames
const (
	finText, finBinary, finCont        = 0x81, 0x82, 0x80
	partText, partBinary, partCont     = 0x01, 0x02, 0x00
	closeFrame, pingFrame, pongFrame   = 0x88, 0x89, 0x8a
	partClose, partPing, partPong      = 0x08, 0x09, 0x0a
	protocolError, invalidData, tooBig = websocket.ProtocolError, websocket.InvalidData, websocket.TooBig
)

func events(list ...event) []event { return list }

func long(n int) string { return strings.Repeat("roots ", n/6+1)[:n] }

// cases holds a client to the RFC, section by section. A case without a code
// leaves the connection open.
var cases = []struct {
	name   string
	input  []byte
	events []event
	code   websocket.Code
	peer   string // the reason that the peer gave, or "-" if the server ends it
}{
	// 5.1 Overview: a server closes on a frame that is not masked
	{"5.1 unmasked text", unhex("81 05 48 65 6c 6c 6f"), nil, protocolError, "-"},
	{"5.1 unmasked ping", unhex("89 00"), nil, protocolError, "-"},
	{"5.1 unmasked close", unhex("88 00"), nil, protocolError, "-"},
	{"5.1 unmasked after masked", join(frame(finText, "a"), unhex("81 01 62")), events(event{text, "a"}), protocolError, "-"},

	// 5.2 Base framing: reserved bits
	{"5.2 rsv1", frame(finText|0x40, "a"), nil, protocolError, "-"},
	{"5.2 rsv2", frame(finText|0x20, "a"), nil, protocolError, "-"},
	{"5.2 rsv3", frame(finText|0x10, "a"), nil, protocolError, "-"},
	{"5.2 all rsv", frame(finBinary|0x70, "a"), nil, protocolError, "-"},
	{"5.2 rsv1 on ping", frame(pingFrame|0x40, ""), nil, protocolError, "-"},
	{"5.2 rsv1 on continuation", join(frame(partText, "a"), frame(finCont|0x40, "b")), nil, protocolError, "-"},
	{"5.2 rsv after a message", join(frame(finText, "a"), frame(finText|0x10, "b"), frame(pingFrame, "")), events(event{text, "a"}), protocolError, "-"},

	// 5.2 reserved opcodes
	{"5.2 opcode 3", frame(0x83, "a"), nil, protocolError, "-"},
	{"5.2 opcode 4", frame(0x84, ""), nil, protocolError, "-"},
	{"5.2 opcode 5", frame(0x85, "a"), nil, protocolError, "-"},
	{"5.2 opcode 6", frame(0x86, ""), nil, protocolError, "-"},
	{"5.2 opcode 7", frame(0x87, "a"), nil, protocolError, "-"},
	{"5.2 opcode 11", frame(0x8b, ""), nil, protocolError, "-"},
	{"5.2 opcode 12", frame(0x8c, "a"), nil, protocolError, "-"},
	{"5.2 opcode 13", frame(0x8d, ""), nil, protocolError, "-"},
	{"5.2 opcode 14", frame(0x8e, "a"), nil, protocolError, "-"},
	{"5.2 opcode 15", frame(0x8f, ""), nil, protocolError, "-"},
	{"5.2 opcode 3 not final", frame(0x03, "a"), nil, protocolError, "-"},

	// 5.2 lengths
	{"5.2 text of 0", frame(finText, ""), events(event{text, ""}), 0, ""},
	{"5.2 binary of 0", frame(finBinary, ""), events(event{binaryOp, ""}), 0, ""},
	{"5.2 text of 1", frame(finText, "a"), events(event{text, "a"}), 0, ""},
	{"5.2 text of 125", frame(finText, long(125)), events(event{text, long(125)}), 0, ""},
	{"5.2 text of 126", frame(finText, long(126)), events(event{text, long(126)}), 0, ""},
	{"5.2 text of 127", frame(finText, long(127)), events(event{text, long(127)}), 0, ""},
	{"5.2 text of 65535", frame(finText, long(65535)), events(event{text, long(65535)}), 0, ""},
	{"5.2 text of 65536", frame(finText, long(65536)), events(event{text, long(65536)}), 0, ""},
	{"5.2 binary of 65537", frame(finBinary, long(65537)), events(event{binaryOp, long(65537)}), 0, ""},
	{"5.2 125 in 16 bits", unhex("81 fe 007d 00000000"), nil, protocolError, "-"},
	{"5.2 0 in 16 bits", unhex("81 fe 0000 00000000"), nil, protocolError, "-"},
	{"5.2 126 in 16 bits", append(unhex("82 fe 007e 00000000"), long(126)...), events(event{binaryOp, long(126)}), 0, ""},
	{"5.2 1 in 64 bits", unhex("81 ff 0000000000000001 00000000 61"), nil, protocolError, "-"},
	{"5.2 65535 in 64 bits", unhex("81 ff 000000000000ffff 00000000"), nil, protocolError, "-"},
	{"5.2 length of 64 bits", unhex("82 ff 8000000000000000 00000000"), nil, protocolError, "-"},
	{"5.2 length of all ones", unhex("82 ff ffffffffffffffff 00000000"), nil, protocolError, "-"},
	{"5.2 length of 63 bits", unhex("82 ff 7fffffffffffffff 00000000"), nil, tooBig, "-"},

	// 5.3 Masking
	{"5.3 key of zeros", unhex("82 84 00000000 00ff80 01"), events(event{binaryOp, "\x00\xff\x80\x01"}), 0, ""},
	{"5.3 key of ones", unhex("82 83 ffffffff 00ff80"), events(event{binaryOp, "\xff\x00\x7f"}), 0, ""},
	{"5.3 each frame its key", unhex("01 81 01020304 60 80 81 11121314 73"), events(event{text, "ab"}), 0, ""},

	// 5.4 Fragmentation
	{"5.4 two fragments", join(frame(partText, "Hel"), frame(finCont, "lo")), events(event{text, "Hello"}), 0, ""},
	{"5.4 binary in three", join(frame(partBinary, "a\xff"), frame(partCont, "b"), frame(finCont, "c")), events(event{binaryOp, "a\xffbc"}), 0, ""},
	{"5.4 empty fragments", join(frame(partText, ""), frame(partCont, ""), frame(finCont, "")), events(event{text, ""}), 0, ""},
	{"5.4 empty around one", join(frame(partText, ""), frame(partCont, "a"), frame(finCont, "")), events(event{text, "a"}), 0, ""},
	{"5.4 all in the last", join(frame(partText, ""), frame(finCont, "Hello")), events(event{text, "Hello"}), 0, ""},
	{"5.4 two fragmented messages", join(frame(partText, "a"), frame(finCont, "b"), frame(partBinary, "c"), frame(finCont, "d")), events(event{text, "ab"}, event{binaryOp, "cd"}), 0, ""},
	{"5.4 control frames between", join(frame(partText, "a"), frame(pingFrame, "1"), frame(partCont, "b"), frame(pongFrame, "2"), frame(pingFrame, ""), frame(finCont, "c")),
		events(event{ping, "1"}, event{pong, "2"}, event{ping, ""}, event{text, "abc"}), 0, ""},
	{"5.4 close between", join(frame(partText, "a"), frame(closeFrame, "\x03\xe8"), frame(finCont, "b")), nil, websocket.NormalClosure, ""},
	{"5.4 continuation of nothing", frame(finCont, "a"), nil, protocolError, "-"},
	{"5.4 open continuation of nothing", frame(partCont, ""), nil, protocolError, "-"},
	{"5.4 continuation after the end", join(frame(partText, "a"), frame(finCont, "b"), frame(finCont, "c")), events(event{text, "ab"}), protocolError, "-"},
	{"5.4 continuation after a whole message", join(frame(finText, "a"), frame(finCont, "b")), events(event{text, "a"}), protocolError, "-"},
	{"5.4 text inside a message", join(frame(partText, "a"), frame(finText, "b")), nil, protocolError, "-"},
	{"5.4 binary inside an empty message", join(frame(partText, ""), frame(partBinary, "b")), nil, protocolError, "-"},
	{"5.4 incomplete", join(frame(finText, "a"), frame(partText, "b"), frame(partCont, "c")), events(event{text, "a"}), 0, ""},

	// 5.5 Control frames
	{"5.5 ping of 125", frame(pingFrame, long(125)), events(event{ping, long(125)}), 0, ""},
	{"5.5 ping of 126", frame(pingFrame, long(126)), nil, protocolError, "-"},
	{"5.5 pong of 126", frame(pongFrame, long(126)), nil, protocolError, "-"},
	{"5.5 close of 126", frame(closeFrame, "\x03\xe8"+long(124)), nil, protocolError, "-"},
	{"5.5 ping of 65536", frame(pingFrame, long(65536)), nil, protocolError, "-"},
	{"5.5 fragmented ping", join(frame(partPing, "a"), frame(finCont, "b")), nil, protocolError, "-"},
	{"5.5 fragmented pong", frame(partPong, ""), nil, protocolError, "-"},
	{"5.5 fragmented close", frame(partClose, "\x03\xe8"), nil, protocolError, "-"},
	{"5.5.1 close without a code", frame(closeFrame, ""), nil, websocket.NoStatus, ""},
	{"5.5.1 close with half a code", frame(closeFrame, "\x03"), nil, protocolError, "-"},
	{"5.5.1 close with a code", frame(closeFrame, "\x03\xe8"), nil, websocket.NormalClosure, ""},
	{"5.5.1 close with a reason", frame(closeFrame, "\x0f\xa0bye é"), nil, 4000, "bye é"},
	{"5.5.1 close of 125", frame(closeFrame, "\x03\xe9"+long(123)), nil, websocket.GoingAway, long(123)},
	{"5.5.1 reason is not UTF-8", frame(closeFrame, "\x03\xe8\xff"), nil, invalidData, "-"},
	{"5.5.1 reason ends inside a character", frame(closeFrame, "\x03\xe8a\xe2\x82"), nil, invalidData, "-"},
	{"5.5.1 nothing after close", join(frame(closeFrame, ""), frame(finText, "a"), frame(pingFrame, "")), nil, websocket.NoStatus, ""},
	{"5.5.1 no fault after close", join(frame(closeFrame, "\x03\xe9"), unhex("ff ff")), nil, websocket.GoingAway, ""},
	{"5.5.2 ping", frame(pingFrame, "Hello"), events(event{ping, "Hello"}), 0, ""},
	{"5.5.2 pings are not text", frame(pingFrame, "\xff\xc0"), events(event{ping, "\xff\xc0"}), 0, ""},
	{"5.5.3 pong unasked for", frame(pongFrame, ""), events(event{pong, ""}), 0, ""},

	// 7.4 Codes; all of them are in TestCodes
	{"7.4 code 999", frame(closeFrame, "\x03\xe7"), nil, protocolError, "-"},
	{"7.4.1 code 1005", frame(closeFrame, "\x03\xed"), nil, protocolError, "-"},
	{"7.4.1 code 1015", frame(closeFrame, "\x03\xf7"), nil, protocolError, "-"},
	{"7.4.2 code 5000", frame(closeFrame, "\x13\x88"), nil, protocolError, "-"},

	// 8.1 UTF-8
	{"8.1 all lengths", frame(finText, "aé€𝄞"), events(event{text, "aé€𝄞"}), 0, ""},
	{"8.1 the ends of all lengths", frame(finText, "\x00\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"),
		events(event{text, "\x00\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"}), 0, ""},
	{"8.1 no characters are still UTF-8", frame(finText, "\ufffe\uffff\U0001fffe"), events(event{text, "\ufffe\uffff\U0001fffe"}), 0, ""},
	{"8.1 a character in two fragments", join(frame(partText, "a\xe2"), frame(finCont, "\x82\xac!")), events(event{text, "a€!"}), 0, ""},
	{"8.1 a character in four", join(frame(partText, "\xf0"), frame(partCont, "\x9d"), frame(pingFrame, "\xf0"), frame(partCont, "\x84"), frame(finCont, "\x9e")),
		events(event{ping, "\xf0"}, event{text, "𝄞"}), 0, ""},
	{"8.1 two messages make no character", join(frame(finText, "\xe2\x82"), frame(finText, "\xac")), nil, invalidData, "-"},
	{"8.1 lone continuation byte", frame(finText, "a\x80"), nil, invalidData, "-"},
	{"8.1 five continuation bytes", frame(partText, "\x80\x80\x80\x80\x80"), nil, invalidData, "-"},
	{"8.1 one continuation too many", frame(finText, "é\x80"), nil, invalidData, "-"},
	{"8.1 missing continuation", frame(finText, "\xe2\x82a"), nil, invalidData, "-"},
	{"8.1 ends inside two bytes", frame(finText, "a\xc3"), nil, invalidData, "-"},
	{"8.1 ends inside three bytes", frame(finText, "\xe2\x82"), nil, invalidData, "-"},
	{"8.1 ends inside four bytes", frame(finText, "\xf0\x9d\x84"), nil, invalidData, "-"},
	{"8.1 ends inside, fragmented", join(frame(partText, "a"), frame(partCont, "\xe2"), frame(finCont, "\x82")), nil, invalidData, "-"},
	{"8.1 ends inside, empty end", join(frame(partText, "\xe2"), frame(finCont, "")), nil, invalidData, "-"},
	{"8.1 surrogate", frame(finText, "\xed\xa0\x80"), nil, invalidData, "-"},
	{"8.1 last surrogate", frame(finText, "\xed\xbf\xbf"), nil, invalidData, "-"},
	{"8.1 pair of surrogates", frame(finText, "\xed\xa0\xb4\xed\xb4\x9e"), nil, invalidData, "-"},
	{"8.1 overlong of two", frame(finText, "\xc0\xaf"), nil, invalidData, "-"},
	{"8.1 overlong of three", frame(finText, "\xe0\x9f\xbf"), nil, invalidData, "-"},
	{"8.1 overlong of four", frame(finText, "\xf0\x8f\xbf\xbf"), nil, invalidData, "-"},
	{"8.1 overlong NUL", frame(finText, "\xc0\x80"), nil, invalidData, "-"},
	{"8.1 above 0x10ffff", frame(finText, "\xf4\x90\x80\x80"), nil, invalidData, "-"},
	{"8.1 five bytes", frame(finText, "\xf8\x88\x80\x80\x80"), nil, invalidData, "-"},
	{"8.1 byte order marks", frame(finText, "\xfe\xff"), nil, invalidData, "-"},
	{"8.1 before the ping", join(frame(partText, "\xff"), frame(pingFrame, ""), frame(finCont, "")), nil, invalidData, "-"},
	{"8.1 valid before, invalid after", join(frame(finText, "a"), frame(finText, "\xff")), events(event{text, "a"}), invalidData, "-"},
	{"8.1 binary is not text", join(frame(finBinary, "\xff"), frame(partBinary, "\xed"), frame(finCont, "\xa0")), events(event{binaryOp, "\xff"}, event{binaryOp, "\xed\xa0"}), 0, ""},

	// 8.1 told before the frame is complete: each is cut off after its fault
	{"8.1 at once: lone continuation", frame(finText, "a\x80bcdefgh")[:8], nil, invalidData, "-"},
	{"8.1 at once: surrogate", frame(finText, "\xed\xa0bcdefgh")[:8], nil, invalidData, "-"},
	{"8.1 at once: overlong", frame(finText, "\xe0\x9fbcdefgh")[:8], nil, invalidData, "-"},
	{"8.1 at once: above 0x10ffff", frame(partText, "\xf4\x90bcdefgh")[:8], nil, invalidData, "-"},
	{"8.1 not yet: may become a character", frame(finText, "\xf4\x8fbcdefgh")[:8], nil, 0, ""},

	// 10.4 Limits
	{"10.4 at the limit", frame(finBinary, long(caseLimit)), events(event{binaryOp, long(caseLimit)}), 0, ""},
	{"10.4 over the limit", frame(finBinary, long(caseLimit+1))[:14], nil, tooBig, "-"},
	{"10.4 fragments at the limit", join(frame(partText, long(caseLimit-1)), frame(finCont, "a")), events(event{text, long(caseLimit-1) + "a"}), 0, ""},
	{"10.4 fragments over the limit", join(frame(partText, long(caseLimit-1)), frame(finCont, "ab")[:6]), nil, tooBig, "-"},
	{"10.4 control frames don't count", join(frame(partText, long(caseLimit)), frame(pingFrame, long(125)), frame(finCont, "")), events(event{ping, long(125)}, event{text, long(caseLimit)}), 0, ""},
	{"10.4 the limit is of each message", join(frame(finText, long(caseLimit)), frame(finText, long(caseLimit))), events(event{text, long(caseLimit)}, event{text, long(caseLimit)}), 0, ""},
}

// wanted is what a case wants, the server's own wording aside.
func wanted(events []event, code websocket.Code, peer string) outcome {
	want := outcome{Events: events}
	if code != 0 {
		want.Over = &websocket.Closing{Code: code, Reason: peer, ByPeer: peer != "-"}
	}
	return want
}

func TestCases(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := wanted(c.events, c.code, c.peer)
			if c.peer == "-" {
				over := feed(caseLimit, c.input).Over
				if over == nil || over.Reason == "" {
					t.Fatalf("over is %v, want a reason and code %d", over, c.code)
				}
				want.Over.Reason = over.Reason // the same for every split
			}
			check(t, caseLimit, c.input, want)
		})
	}
}
