package main

import "github.com/rootspush/roots/firenze"

// session returns the session with this id, if it is one of Firenze.
func (s *server) session(id string) (firenze.View, bool) {
	if s.firenze == nil {
		return firenze.View{}, false
	}
	return s.firenze.Session(id)
}

func sessionOf(v firenze.View) node {
	return node{ID: v.ID, Kind: aSession, Name: v.ID, Session: &shown{
		v.Transport.String(), v.Began, v.Messages, v.MaxMessages, v.Bytes, v.MaxBytes,
	}}
}
