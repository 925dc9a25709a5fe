package wevis

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
)

// maxEnter bounds the body of a request to enter, in bytes.
const maxEnter = 16 << 10

// BrowserVersion is the version in the login of a browser.
const BrowserVersion = "browser"

// serveEnter lets the session in whose id is in the URL. Each request brings its
// login in a header, which the page of another site can't send; there is no
// cookie, which a browser would send for it. The body is a JSON array of paths,
// as Pomona posts it.
func (b *Bridge) serveEnter(w http.ResponseWriter, r *http.Request) {
	var paths []string
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		http.Error(w, "the Content-Type must be application/json", http.StatusUnsupportedMediaType)
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEnter)).Decode(&paths); err != nil {
		http.Error(w, fmt.Sprintf("the body must be a JSON array of at most %d bytes: %v", maxEnter, err), http.StatusBadRequest)
		return
	}
	for _, path := range paths {
		if b.server.Protocol.Definition(path) == nil {
			http.Error(w, b.server.Protocol.unknown(path).Error(), http.StatusBadRequest)
			return
		}
	}
	user, reason := b.login(r)
	if reason == "" {
		reason = b.enter(r.PathValue("id"), user, paths)
	}
	if reason != "" {
		http.Error(w, reason, http.StatusForbidden)
	}
}

// login asks the validator about the user and the plain password of a request.
func (b *Bridge) login(r *http.Request) (user *User, reason string) {
	name, password, ok := r.BasicAuth()
	if !ok {
		return nil, reasonInvalid
	}
	ctx, cancel := context.WithTimeout(r.Context(), LoginTime)
	defer cancel()
	salt := newSalt()
	return b.server.validate(ctx, Login{User: name, Password: Encrypt(password, salt), Salt: salt, Version: BrowserVersion})
}

// enter tells the session that it is connected to paths, and lets it into the
// room if it is not in one, or returns why not.
func (b *Bridge) enter(id string, user *User, paths []string) (reason string) {
	session, ok := b.dolores.Lookup(id)
	if !ok {
		return "There is no such session."
	}
	room := b.server.roomOf(user)
	send := func(m *Message) error {
		session.Update(room, m.Name(), m.Text())
		return nil
	}
	end := func(err error) {
		slog.Info("a browser is sent away", "user", user.Name, "reason", err)
		b.leave(id)
	}
	member, fresh, reason := b.visit(id, newMember(user, room, send, end))
	if reason != "" {
		return reason
	}
	for _, path := range paths {
		session.Update(room, path, "")
	}
	if fresh {
		room.enter(member)
	}
	if _, ok := b.dolores.Lookup(id); !ok { // it has gone meanwhile, maybe before it was known here
		b.leave(id)
	}
	return ""
}

// visit returns the member that a session is, and whether it is that from now on.
func (b *Bridge) visit(id string, member *Member) (is *Member, fresh bool, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if is := b.visitors[id]; is != nil {
		if is.user.Name != member.user.Name {
			return nil, false, "This session is in the room as another user."
		}
		return is, false, ""
	}
	if reason := b.server.admit(member); reason != "" {
		return nil, false, reason
	}
	b.visitors[id] = member
	return member, true, ""
}
