package imperio_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

func TestServeLines(t *testing.T) {
	a, b := up("a", "1"), up("b", "2")
	long := strings.Repeat("x", imperio.MaxLine)
	largest := up(strings.Repeat(";", thestral.MaxPath), strings.Repeat("\x01", thestral.MaxMessage))
	for _, test := range []struct {
		name, input string
		want        []thestral.Update
		over        bool   // the connection has been ended
		log         string // what the only line of the log has in it; none for ""
	}{
		{name: "LF", input: "a; 1\nb; 2\n", want: []thestral.Update{a, b}},
		{name: "CRLF", input: "a;1\r\nb;2\r\n", want: []thestral.Update{a, b}},
		{name: "escapes", input: `a\;b; c\nd` + "\n", want: []thestral.Update{up("a;b", "c\nd")}},
		{name: "control path", input: "::connect; ID->p\n", want: []thestral.Update{up("::connect", "ID->p")}},
		{name: "no semicolon", input: "a\n", want: []thestral.Update{up("a", "")}},
		{name: "nothing yet", input: "a; 1"},
		{name: "exit", input: "a; 1\r\n::exit\r\nb; 2\r\n", want: []thestral.Update{a}, over: true},
		{name: "exit is the whole line", input: "::exit;\n", want: []thestral.Update{up("::exit", "")}},

		{name: "empty line", input: "\na; 1\n", want: []thestral.Update{a}, log: "path is empty"},
		{name: "bad path", input: "x\x07; 1\na; 1\n", want: []thestral.Update{a}, log: "control character"},
		{name: "bad path in escapes", input: "x\\n; 1\na; 1\n", want: []thestral.Update{a}, log: "control character"},
		{name: "bad escape", input: "x; \\q\na; 1\n", want: []thestral.Update{a}, log: "begins no escape"},
		{name: "not UTF-8 in escapes", input: "x; \\xff\na; 1\n", want: []thestral.Update{a}, log: "not UTF-8"},
		{name: "longest path", input: strings.Repeat("p", 255) + "\n", want: []thestral.Update{up(strings.Repeat("p", 255), "")}},
		{name: "path too long", input: strings.Repeat("p", 256) + "\na; 1\n", want: []thestral.Update{a}, log: "at most 255"},
		{name: "longest message", input: "p;" + long[:64<<10] + "\n", want: []thestral.Update{up("p", long[:64<<10])}},
		{name: "message too long", input: "p;" + long[:64<<10+1] + "\na; 1\n", want: []thestral.Update{a}, log: "at most 65536"},

		{name: "largest update", input: string(imperio.AppendFrame(nil, largest.Path, largest.Message)), want: []thestral.Update{largest}},
		{name: "longest line", input: "p;" + long[:imperio.MaxLine-3] + "\na; 1\n", want: []thestral.Update{a}, log: "at most 65536"},
		{name: "line too long", input: "a; 1\np;" + long[:imperio.MaxLine-2] + "\nb; 2\n", want: []thestral.Update{a}, over: true, log: "too long"},
		{name: "line without end", input: long, over: true, log: "too long"},
		{name: "not UTF-8", input: "a; 1\nx; \xff\nb; 2\n", want: []thestral.Update{a}, over: true, log: "not UTF-8"},
		{name: "GET", input: "GET /a;1 HTTP/1.1\r\nHost: x\r\n\r\n", over: true, log: "HTTP request"},
		{name: "POST", input: "POST / HTTP/1.1\r\n\r\n::connect; ID->p\r\n", over: true, log: "HTTP request"},
		{name: "OPTIONS", input: "OPTIONS * HTTP/1.1\r\n", over: true, log: "HTTP request"},
		{name: "CONNECT", input: "CONNECT a:443 HTTP/1.1\r\n", over: true, log: "HTTP request"},
		{name: "invented method", input: "a-b /;1 HTTP/1.0\n", over: true, log: "HTTP request"},
		{name: "HTTP/2", input: "PRI * HTTP/2.0\r\n", over: true, log: "HTTP request"},
		{name: "HTTP later on", input: "a; 1\nGET / HTTP/1.1\nb; 2\n", want: []thestral.Update{a}, over: true, log: "HTTP request"},
		{name: "words about HTTP", input: "a; GET / HTTP/1.1\n", want: []thestral.Update{up("a", "GET / HTTP/1.1")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			warnings := logged(t)
			synctest.Test(t, func(t *testing.T) {
				listener, receiver := newPipes(), new(heard)
				stop := serving(listener, receiver)
				client := listener.dial()
				io.WriteString(client, test.input) // an error if it is over, which is checked below
				synctest.Wait()
				receiver.want(t, test.want...)
				if over := client.isOver(); over != test.over {
					t.Errorf("connection is over: %v, want %v", over, test.over)
				}
				if test.log == "" {
					warnings.wantLines(t)
				} else {
					warnings.wantLines(t, test.log)
				}
				client.Close()
				if err := stop(); err != nil {
					t.Errorf("Serve returned %v", err)
				}
				if answer := client.answer.String(); answer != "" {
					t.Errorf("the server said %q, it must never say anything", answer)
				}
			})
		})
	}
}

func TestServeDropsCutLine(t *testing.T) {
	for _, byClient := range []bool{true, false} {
		warnings := logged(t)
		synctest.Test(t, func(t *testing.T) {
			listener, receiver := newPipes(), new(heard)
			stop := serving(listener, receiver)
			client := listener.dial()
			io.WriteString(client, "a; 1\nrights; none at all")
			synctest.Wait()
			if byClient {
				client.Close()
				synctest.Wait()
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			receiver.want(t, up("a", "1"))
			warnings.wantLines(t, "was cut off before its line feed")
		})
	}
}

func FuzzServe(f *testing.F) {
	f.Add([]byte("a; 1\r\nb;2\n::exit\nc; 3\n"), uint8(1))
	f.Add([]byte("a; 1\n\nx\\q\n\xff\nb; 2\n"), uint8(3))
	f.Add([]byte("a; 1\nGET /a;1 HTTP/1.1\r\nHost: x\r\n"), uint8(7))
	f.Add([]byte("a; b\\nc\\;d\ncut"), uint8(200))
	warnings := logged(f)
	f.Fuzz(func(t *testing.T, input []byte, piece uint8) {
		warnings.buffer.Reset()
		synctest.Test(t, func(t *testing.T) {
			listener, receiver := newPipes(), new(heard)
			stop := serving(listener, receiver)
			client := listener.dial()
			for rest := input; len(rest) > 0; {
				n := min(len(rest), int(piece)+1)
				client.Write(rest[:n])
				rest = rest[n:]
			}
			client.Close()
			synctest.Wait()
			if err := stop(); err != nil {
				t.Error(err)
			}
			updates, bad := naive(input)
			receiver.want(t, updates...)
			if got := strings.Count(warnings.String(), "\n"); got != bad {
				t.Errorf("%d lines logged, want %d:\n%s", got, bad, &warnings.buffer)
			}
		})
	})
}

// naive is the stupid twin of the server: it sees the whole input at once. It
// returns the updates, and how many lines are worth a word in the log.
func naive(input []byte) (updates []thestral.Update, bad int) {
	for len(input) > 0 {
		line, rest, whole := bytes.Cut(input, []byte("\n"))
		text := strings.TrimSuffix(string(line), "\r")
		switch path, message, err := imperio.ParseFrame(text); {
		case !whole, len(line) >= imperio.MaxLine, !utf8.ValidString(text), isRequest(text):
			return updates, bad + 1
		case text == "::exit":
			return updates, bad
		case err != nil || thestral.CheckPath(path) != nil || thestral.CheckMessage(message) != nil:
			bad++
		default:
			updates = append(updates, up(path, message))
		}
		input = rest
	}
	return updates, bad
}

// isRequest asks net/http too: the gate must be wider than the engine.
func isRequest(line string) bool {
	_, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + "\r\n\r\n")))
	return err == nil || regexp.MustCompile(`^[^\s;/:,"()<>=?@[\\\]{}\x00-\x20\x7f-\x{10ffff}]+ \S+ HTTP/[0-9.]+$`).MatchString(line)
}
