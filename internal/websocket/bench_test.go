package websocket_test

import (
	"fmt"
	"testing"

	"github.com/rootspush/roots/internal/websocket"
)

// BenchmarkFeed reads messages that come whole. It allocates nothing; what it
// copies is the price of feeding the same bytes again.
func BenchmarkFeed(b *testing.B) {
	for _, size := range []int{50, 1 << 10, 64 << 10} {
		for name, first := range map[string]byte{"text": finText, "binary": finBinary} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				whole := frame(first, long(size))
				input := make([]byte, len(whole))
				var reader websocket.Reader
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					copy(input, whole) // Feed unmasks in place
					if over := reader.Feed(input, ignore); over != nil {
						b.Fatal(over)
					}
				}
			})
		}
	}
}

// BenchmarkFeedPieces reads a message of 64 KiB that comes as a socket might
// give it.
func BenchmarkFeedPieces(b *testing.B) {
	whole := frame(finText, long(64<<10))
	input := make([]byte, len(whole))
	var reader websocket.Reader
	b.SetBytes(64 << 10)
	b.ReportAllocs()
	for b.Loop() {
		copy(input, whole)
		for _, piece := range split(input, 4096) {
			if over := reader.Feed(piece, ignore); over != nil {
				b.Fatal(over)
			}
		}
	}
}

func BenchmarkUnmask(b *testing.B) {
	data := []byte(long(64 << 10))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		websocket.Unmask(data, 0x01020304)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{50, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			payload := long(size)
			var out []byte
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				out = websocket.Append(out[:0], websocket.Text, payload)
			}
		})
	}
}
