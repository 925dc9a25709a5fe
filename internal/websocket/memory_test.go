package websocket_test

import (
	"math"
	"testing"
	"unsafe"

	"github.com/rootspush/roots/internal/websocket"
)

func ignore(websocket.Opcode, []byte) *websocket.Closing { return nil }

func TestReaderIsThreeWords(t *testing.T) {
	if size, word := unsafe.Sizeof(websocket.Reader{}), unsafe.Sizeof(uintptr(0)); size != 3*word {
		t.Errorf("a Reader takes %d bytes, want %d", size, 3*word)
	}
}

// After each byte, a Reader holds no more than twice what has come, never more
// than the limit and a control frame, and nothing between messages.
func TestHeldMemory(t *testing.T) {
	const limit = 1000
	tooLong := frame(finBinary, long(limit+1))
	input := join(frame(partText, long(limit-1)), frame(pingFrame, long(125)), frame(partCont, ""), frame(finCont, "a"),
		frame(finBinary, long(limit)), frame(pongFrame, ""), tooLong)
	idle := 0
	reader := websocket.Reader{Limit: limit}
	for i := range input {
		reader.Feed(input[i:i+1], ignore)
		if held := reader.Held(); held > limit+128 || held > 2*(i+1) {
			t.Fatalf("after byte %d a Reader with limit %d holds %d", i, limit, held)
		}
		if reader.Idle() {
			idle++
		}
	}
	// After text, binary and pong, and from the end of the header that is too long.
	if want := 3 + len(tooLong) - 7; idle != want {
		t.Errorf("idle after %d bytes, want %d", idle, want)
	}
}

// A header that promises much reserves nothing.
func TestPromisesReserveNothing(t *testing.T) {
	reader := websocket.Reader{Limit: math.MaxInt32}
	header := unhex("82 ff 000000007fffffff 00000000")
	for came, piece := range [][]byte{header, []byte("a"), []byte("b"), []byte("c"), []byte("d"), []byte("e")} {
		if over := reader.Feed(piece, ignore); over != nil {
			t.Fatal(over)
		}
		if held := reader.Held(); held > 2*came {
			t.Errorf("after %d bytes %d are held", came, held)
		}
	}
}

func TestLimits(t *testing.T) {
	for limit, most := range map[int]int{0: websocket.DefaultLimit, -1: websocket.DefaultLimit, 1: 1, 125: 125, 126: 126, 70_000: 70_000} {
		if got := feed(limit, frame(finText, long(most))); got.Over != nil || len(got.Events) != 1 {
			t.Errorf("limit %d: a message of %d ends with %v", limit, most, got.Over)
		}
		if got := feed(limit, frame(finText, long(most+1))); got.Over == nil || got.Over.Code != tooBig || got.Events != nil {
			t.Errorf("limit %d: a message of %d ends with %v", limit, most+1, got.Over)
		}
	}
}

// A limit may be lowered while a message is under way.
func TestLimitLowered(t *testing.T) {
	input := frame(finText, long(100))
	reader := websocket.Reader{}
	reader.Feed(input[:40], ignore)
	reader.Limit = 10
	got := ""
	over := reader.Feed(input[40:], func(_ websocket.Opcode, payload []byte) *websocket.Closing {
		got = string(payload)
		return nil
	})
	if over != nil || got != long(100) {
		t.Errorf("a message that was begun came as %q, %v", got, over)
	}
	if over := reader.Feed(frame(finText, long(11)), ignore); over == nil || over.Code != tooBig {
		t.Errorf("the next one ends with %v", over)
	}
}

// What came whole is handed out where it lies, and appending to it does no harm
// to what lies behind it.
func TestInPlace(t *testing.T) {
	input := join(frame(finText, "one"), frame(finText, "two"))
	got := ""
	var longer []byte
	var reader websocket.Reader
	reader.Feed(input, func(_ websocket.Opcode, payload []byte) *websocket.Closing {
		got += string(payload)
		longer = append(payload, " and more"...)
		return nil
	})
	if got != "onetwo" || string(longer) != "two and more" || string(input[6:9]) != "one" {
		t.Errorf("got %q from %q", got, input)
	}
}

func TestAllocations(t *testing.T) {
	for _, c := range []struct {
		name  string
		input []byte
	}{
		{"text", frame(finText, long(50))},
		{"long text", frame(finText, long(60_000))},
		{"ping", frame(pingFrame, long(50))},
		{"three frames", join(frame(pingFrame, ""), frame(finText, "a"), frame(finBinary, long(200)))},
	} {
		input := make([]byte, len(c.input))
		var reader websocket.Reader
		calls := 0
		if n := testing.AllocsPerRun(100, func() {
			copy(input, c.input)
			reader.Feed(input, func(websocket.Opcode, []byte) *websocket.Closing {
				calls++
				return nil
			})
		}); n != 0 || calls == 0 {
			t.Errorf("%s: %v allocations, %d calls", c.name, n, calls)
		}
	}
	out := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() { out = websocket.Append(out[:0], text, "hello") }); n != 0 {
		t.Errorf("Append: %v allocations", n)
	}
}
