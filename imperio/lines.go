package imperio

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/rootspush/roots/thestral"
)

// MaxLine is how long a line may be, in bytes with its line end. The largest
// update fits even if each of its bytes is escaped, which makes four of one.
const MaxLine = 4*(thestral.MaxPath+thestral.MaxMessage) + len("; \r\n")

// lines yields the lines of r without their line ends, LF or CRLF. The last
// pair has an error if r failed, if a line is longer than most, or if the last
// one has no line feed: it was cut, so half a message would pass for a whole
// one.
func lines(r io.Reader, most int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, most)
		scanner.Split(withLineFeed)
		for scanner.Scan() {
			line, whole := strings.CutSuffix(scanner.Text(), "\n")
			if !whole {
				cause := cmp.Or(scanner.Err(), io.ErrUnexpectedEOF)
				yield("", fmt.Errorf("%.80q was cut off before its line feed: %v", line, cause))
				return
			}
			if !yield(strings.TrimSuffix(line, "\r"), nil) {
				return
			}
		}
		if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield("", fmt.Errorf("a line is too long, at most %d bytes are allowed", most))
		} else if err != nil {
			yield("", err)
		}
	}
}

// withLineFeed is [bufio.ScanLines], but it leaves the line end where it is: a
// last line without one can then be told from a whole one.
func withLineFeed(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if end := bytes.IndexByte(data, '\n') + 1; end > 0 {
		return end, data[:end], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}
