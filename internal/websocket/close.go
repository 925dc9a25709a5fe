package websocket

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// A Code says why a connection ends. Those from 3000 to 4999 are free.
type Code uint16

// The codes that a server has a use for. NoStatus is never sent: it stands for
// a close frame without a code.
const (
	NormalClosure   Code = 1000
	GoingAway       Code = 1001
	ProtocolError   Code = 1002
	UnsupportedData Code = 1003
	NoStatus        Code = 1005
	InvalidData     Code = 1007
	PolicyViolation Code = 1008
	TooBig          Code = 1009
	InternalError   Code = 1011
)

// isSendable says whether a close frame may hold the code. 1012 to 1014 were
// registered after the RFC.
func (c Code) isSendable() bool {
	switch {
	case c >= 1000 && c <= 1003, c >= 1007 && c <= 1014, c >= 3000 && c <= 4999:
		return true
	}
	return false
}

// A Closing says why a connection is over. The owner of the connection answers
// it with [AppendClose], unless it has sent a close frame before, and lets the
// connection go. Closing it while bytes of the client wait unread resets it, and
// the client may then never see the answer.
type Closing struct {
	Code   Code
	Reason string // at most 123 bytes go over the wire
	ByPeer bool   // the client sent a close frame; if not, a rule was broken
}

// AppendClose appends a close frame to dst and returns that. A code that may not
// be sent, as NoStatus, makes a frame without code and reason. What is not UTF-8
// in the reason, or beyond its first 123 bytes, is left out.
func AppendClose(dst []byte, code Code, reason string) []byte {
	if !code.isSendable() {
		return AppendHeader(dst, closing, 0)
	}
	reason = strings.ToValidUTF8(reason[:min(len(reason), maxControl-2)], "")
	dst = binary.BigEndian.AppendUint16(AppendHeader(dst, closing, 2+len(reason)), uint16(code))
	return append(dst, reason...)
}

// parseClose reads the payload of a close frame.
func parseClose(payload []byte) *Closing {
	if len(payload) == 0 {
		return &Closing{Code: NoStatus, ByPeer: true}
	}
	if len(payload) == 1 {
		return broken("a close frame with half a code")
	}
	code, reason := Code(binary.BigEndian.Uint16(payload)), payload[2:]
	switch {
	case !code.isSendable():
		return broken("a close frame with a code that may not be sent")
	case !utf8.Valid(reason):
		return notText("the reason of a close frame is not UTF-8")
	}
	return &Closing{Code: code, Reason: string(reason), ByPeer: true}
}

func broken(rule string) *Closing { return &Closing{Code: ProtocolError, Reason: rule} }

func notText(what string) *Closing { return &Closing{Code: InvalidData, Reason: what} }
