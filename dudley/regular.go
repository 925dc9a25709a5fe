package dudley

import (
	"bufio"
	"bytes"
	"crypto/subtle"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/rootspush/roots/internal/hijacked"
)

// A back-end posts over one connection again and again, and its headers are the same
// each time, but for the length of the body. To read that here takes a fraction of
// what the server takes for a request. Whatever is not plainly such a post goes back
// to the server, which also knows how to refuse.

// patience is how long the rest of a post may take before it is the server's.
const patience = time.Second

// maxHead is how many bytes the head of a post may have before it is the server's.
const maxHead = 4 << 10

// maxRoom is how many bytes of room are kept for the next post.
const maxRoom = 64 << 10

// A regular is a back-end whose connection was taken out of the hands of its server.
type regular struct {
	dudley *Dudley
	server *http.Server
	conn   net.Conn
	via    net.Conn      // what the back-end is connected to, if not conn itself
	socket io.ReadWriter // which conn is read and written by
	prefix string        // before the path in the target of a post
	header http.Header   // of answers, as those before Dudley have set it
	known  shape         // of the last post that was admitted in full
	start  string        // of an answer, up to its date
	end    string        // of an answer, after its date
	unread []byte        // came, but was not taken yet
	unsent []byte        // answers, until there is nothing left to take
}

// keep answers a post and goes on with its connection, if that is possible. It
// reports false, having done nothing, if not.
func (d *Dudley) keep(w http.ResponseWriter, r *http.Request) bool {
	server, served := r.Context().Value(http.ServerContextKey).(*http.Server)
	prefix := hijacked.Prefix(r)
	if !d.opt.RepeatsSkipMiddleware || !served || r.ProtoMajor != 1 || r.ProtoMinor != 1 || r.TLS != nil || r.Close || prefix == "" || !d.regulars.open() {
		return false
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		d.regulars.running.Done()
		return false
	}
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
	bare, via, unread := hijacked.Take(conn)
	g := &regular{
		dudley: d, server: server, conn: bare, via: via, socket: direct(bare),
		prefix: prefix, header: w.Header().Clone(), unread: slices.Concat(early, unread),
	}
	g.prepare(r)
	g.answer()
	d.regulars.add(g)
	go g.serve()
	return true
}

// serve takes posts until something else comes.
func (g *regular) serve() {
	for g.take() {
	}
	g.flush()
	g.dudley.regulars.remove(g)
	if len(g.unread) == 0 {
		g.conn.Close() // it ended, or nothing came for as long as the server would wait
	} else {
		_ = g.conn.SetDeadline(time.Time{})
		hijacked.Return(g.server, g.conn, g.via, g.unread)
	}
	g.dudley.regulars.running.Done()
}

// take takes the next post, or reports false if that is for the server.
func (g *regular) take() bool {
	if !g.await() {
		return false
	}
	began := time.Now()
	end := 0
	for end = bytes.Index(g.unread, blankLine); end < 0; end = bytes.Index(g.unread, blankLine) {
		if len(g.unread) > maxHead || !g.read(began.Add(patience)) {
			return false
		}
	}
	end += len(blankLine)
	path, length, ok := g.parse(g.unread[:end])
	if !ok {
		return false
	}
	for len(g.unread) < end+length {
		if !g.read(began.Add(patience)) {
			return false
		}
	}
	body := g.unread[end : end+length]
	updates, fault := g.dudley.parse(path, body)
	if fault != nil {
		return false
	}
	g.dudley.deliver(updates, body)
	g.answer()
	g.skip(end + length)
	return true
}

var blankLine = []byte("\r\n\r\n")

// await waits until a post begins. Old clients end a post with a line feed too many,
// or two, which servers forgive.
func (g *regular) await() bool {
	for forgiven := 0; ; forgiven++ {
		if len(g.unread) == 0 && !g.read(g.idleUntil()) {
			return false
		}
		if c := g.unread[0]; c != '\r' && c != '\n' || forgiven == 4 {
			return true
		}
		g.skip(1)
	}
}

// skip drops what was read first.
func (g *regular) skip(n int) { g.unread = append(g.unread[:0], g.unread[n:]...) }

// idleUntil is how long the server would wait for the next request.
func (g *regular) idleUntil() time.Time {
	idle := g.server.IdleTimeout
	if idle == 0 {
		idle = g.server.ReadTimeout
	}
	if idle <= 0 {
		return time.Time{}
	}
	return time.Now().Add(idle)
}

// read reads more, when what there is to answer was sent.
func (g *regular) read(until time.Time) bool {
	if !g.flush() {
		return false
	}
	if len(g.unread) == 0 && cap(g.unread) > maxRoom {
		g.unread = nil
	}
	if len(g.unread) == cap(g.unread) {
		g.unread = slices.Grow(g.unread, max(maxHead, len(g.unread)))
	}
	if g.conn.SetReadDeadline(until) != nil || g.dudley.regulars.closed.Load() {
		return false
	}
	n, _ := g.socket.Read(g.unread[len(g.unread):cap(g.unread)]) // an error comes again, to the server if that reads on
	g.unread = g.unread[:len(g.unread)+n]
	return n > 0
}

// parse returns the path of a post and the length of its body, if it may come here.
func (g *regular) parse(head []byte) (path string, length int, ok bool) {
	target, headers, ok := hijacked.CutLine(head, http.MethodPost, g.prefix)
	if !ok {
		return "", 0, false
	}
	length, ok = g.known.length(headers)
	if !ok {
		length, ok = g.learn(head, headers)
	}
	if !ok || length > MaxBody {
		return "", 0, false
	}
	path, ok = pathOf(target)
	return path, length, ok
}

// pathOf returns the path that a target names, without the prefix.
func pathOf(target []byte) (path string, ok bool) {
	if hijacked.IsPath(target) {
		return string(target), true
	}
	u, err := url.ParseRequestURI("/" + string(target))
	if err != nil || u.RawQuery != "" || u.ForceQuery {
		return "", false
	}
	return u.Path[1:], true
}

// learn admits a post whose headers are others than before.
func (g *regular) learn(head, headers []byte) (length int, ok bool) {
	known, ok := shapeOf(headers)
	if !ok {
		return 0, false
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil || g.dudley.admit(r) != nil {
		return 0, false
	}
	g.known = known
	g.prepare(r)
	return known.length(headers)
}

// prepare gets the answers ready to posts with headers like those of r.
func (g *regular) prepare(r *http.Request) {
	_, contentType, body := form(r, nil)
	h := g.header.Clone()
	setHeaders(h, contentType)
	g.start = "HTTP/1.1 200 OK\r\n" + hijacked.HeadLines(h) + "Content-Length: " + strconv.Itoa(len(body)) + "\r\nDate: "
	g.end = "\r\n\r\n" + string(body)
}

// answer says that a post was taken, soon.
func (g *regular) answer() {
	g.unsent = append(g.unsent, g.start...)
	g.unsent = time.Now().UTC().AppendFormat(g.unsent, http.TimeFormat)
	g.unsent = append(g.unsent, g.end...)
}

// flush sends the answers. If that fails it closes the connection, as nothing may
// follow half an answer.
func (g *regular) flush() bool {
	if len(g.unsent) == 0 {
		return true
	}
	if wait := g.server.WriteTimeout; wait > 0 {
		_ = g.conn.SetWriteDeadline(time.Now().Add(wait))
	}
	_, err := g.socket.Write(g.unsent)
	g.unsent = g.unsent[:0]
	if err != nil {
		g.conn.Close()
	}
	return err == nil
}

// A shape is the headers of a request, around the length of its body.
type shape struct{ before, after []byte }

var contentLength = regexp.MustCompile(`(?im)^content-length:[ \t]*([0-9]{1,7})[ \t]*\r$`)

// shapeOf returns the shape of headers that are plain and say the length once.
func shapeOf(headers []byte) (s shape, ok bool) {
	rest := hijacked.SkipHeaders(headers, func(_, _ []byte) bool { return true })
	found := contentLength.FindAllSubmatchIndex(headers, 2)
	if rest == nil || len(found) != 1 {
		return shape{}, false
	}
	from, to := found[0][2], found[0][3]
	return shape{bytes.Clone(headers[:from]), bytes.Clone(headers[to:])}, true
}

// length returns the length that headers of this shape say. It compares in constant
// time, as there is a token in them.
func (s shape) length(headers []byte) (n int, ok bool) {
	from, to := len(s.before), len(headers)-len(s.after)
	if s.after == nil || to-from < 1 || to-from > 7 || subtle.ConstantTimeCompare(headers[:from], s.before)&subtle.ConstantTimeCompare(headers[to:], s.after) == 0 {
		return 0, false
	}
	for _, c := range headers[from:to] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
