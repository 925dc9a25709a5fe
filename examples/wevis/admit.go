package wevis

import (
	"context"
	"log/slog"
)

// maxValidating is how many validators are at work at once. More logins wait
// until their time is over. So one that hangs is no leak without a bound.
const maxValidating = 1000

// validate returns whom the validator lets in, or what the client is to be told.
// It does not wait beyond the end of ctx.
func (s *Server) validate(ctx context.Context, l Login) (user *User, reason string) {
	select {
	case s.validating <- struct{}{}:
	case <-ctx.Done():
		return nil, reasonInvalid
	}
	answer := make(chan func() (*User, string), 1)
	go func() {
		defer func() { <-s.validating }()
		user, reason := s.Validator.ask(ctx, l)
		answer <- func() (*User, string) { return user, reason }
	}()
	select {
	case found := <-answer:
		return found()
	case <-ctx.Done():
		return nil, reasonInvalid
	}
}

// admit counts a member, or returns why it can't be let in. This comes after the
// password, so that nobody learns who is there.
func (s *Server) admit(m *Member) (reason string) {
	if err := s.checkRoom(m.room); err != nil {
		slog.Error("a user can't be let in", "user", m.user.Name, "error", err)
		return reasonInvalid
	}
	most := s.PerUser
	if most == 0 {
		most = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if most > 0 && s.users[m.user.Name] >= most {
		return reasonTooMany
	}
	s.users[m.user.Name]++
	s.rooms[m.room] = struct{}{}
	return ""
}

// release gives the place of a member back.
func (s *Server) release(m *Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[m.user.Name]--; s.users[m.user.Name] == 0 {
		delete(s.users, m.user.Name)
	}
}

// roomOf returns where a user is let in.
func (s *Server) roomOf(user *User) *Room {
	if user.Room == nil {
		return s.Room
	}
	return user.Room
}
