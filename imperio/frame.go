package imperio

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppendFrame appends an update to dst as one frame, with its line feed, and
// returns the longer slice. It takes any path and message.
func AppendFrame(dst []byte, path, message string) []byte {
	dst = appendEscaped(dst, path, `\;`)
	dst = append(dst, "; "...)
	dst = appendEscaped(dst, message, `\`)
	return append(dst, '\n')
}

// appendEscaped puts a backslash before each of marks, and escapes what must
// not stand in a frame.
func appendEscaped(dst []byte, text, marks string) []byte {
	for len(text) > 0 {
		char, size := utf8.DecodeRuneInString(text)
		switch {
		case strings.ContainsRune(marks, char):
			dst = append(dst, '\\', byte(char))
		case char == '\n':
			dst = append(dst, `\n`...)
		case char == '\r':
			dst = append(dst, `\r`...)
		case char == utf8.RuneError && size == 1, char != '\t' && unicode.IsControl(char):
			for i := range size {
				dst = fmt.Appendf(dst, `\x%02x`, text[i])
			}
		default:
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return dst
}

// ParseFrame takes a frame apart, with its line end (LF or CRLF) or without. It
// returns an error for a backslash that begins no escape, and for a line feed
// inside. What it returns may still be no path or no message: see
// [thestral.CheckPath] and [thestral.CheckMessage].
func ParseFrame(line string) (path, message string, err error) {
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if strings.Contains(line, "\n") {
		return "", "", fmt.Errorf(`%.80q is more than one line, a line feed is written \n`, line)
	}
	path = line[:pathEnd(line)]
	message = strings.TrimPrefix(strings.TrimPrefix(line[len(path):], ";"), " ")
	if path, err = unescape(path); err != nil {
		return "", "", err
	}
	if message, err = unescape(message); err != nil {
		return "", "", err
	}
	return path, message, nil
}

// pathEnd returns the place of the first semicolon that is not escaped, or of
// the end.
func pathEnd(line string) int {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case ';':
			return i
		}
	}
	return len(line)
}

func unescape(text string) (string, error) {
	if !strings.Contains(text, `\`) {
		return text, nil // shared, not copied
	}
	var plain strings.Builder
	for rest := text; ; {
		before, after, found := strings.Cut(rest, `\`)
		plain.WriteString(before)
		if !found {
			return plain.String(), nil
		}
		char, size := readEscape(after)
		if size == 0 {
			return "", fmt.Errorf(`%.80q has a backslash that begins no escape, only \\ \; \n \r and \xNN are`, text)
		}
		plain.WriteByte(char)
		rest = after[size:]
	}
}

// readEscape returns the byte that an escape stands for and the length of the
// escape without its backslash, which is 0 if text begins with none.
func readEscape(text string) (char byte, size int) {
	if text == "" {
		return 0, 0
	}
	switch text[0] {
	case '\\', ';':
		return text[0], 1
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 'x':
		if value, err := strconv.ParseUint(text[1:min(3, len(text))], 16, 8); err == nil && len(text) > 2 {
			return byte(value), 3
		}
	}
	return 0, 0
}
