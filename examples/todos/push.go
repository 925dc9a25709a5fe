package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/julienschmidt/httprouter"

	"github.com/rootspush/roots/connectors/cornelius"
	"github.com/rootspush/roots/dolores"
	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
)

// push is the pieces of Roots, in the same process. An application that is not
// written in Go runs cmd/roots beside itself instead, and has only a Cornelius.
type push struct {
	firenze *firenze.Firenze     // the browsers wait here
	pig     *pig.Pig             // knows who hears which path
	roots   *cornelius.Cornelius // what the application speaks to
}

func newPush() push {
	controller := new(dolores.Dolores)
	owl := pig.New(controller, pig.Options{})
	controller.Delegate(owl)
	return push{firenze.New(controller, firenze.Options{}), owl, cornelius.Local(controller)}
}

// pathPrefix begins the path of each list.
const pathPrefix = "todos/"

// tell pushes a record to all pages that show the list. Two changes at once may
// be pushed in either order, and the version tells the pages which is newer. The
// change is made, so it is pushed even if who made it has gone meanwhile: this
// must not hang on the context of the request.
func (p push) tell(l *list, record any) {
	message, err := json.Marshal(record)
	if err == nil {
		err = p.roots.Update(context.Background(), pathPrefix+l.name, string(message))
	}
	if err != nil {
		slog.Error("a change was not pushed", "list", l.name, "error", err)
	}
}

// connect lets the page with this id hear the paths that it asks for, all or
// none. Who asks is known from the login, as in any other view, and that is all
// there is to authorization. The id is no proof of anything.
//
// So the view must be protected against posts from other sites, as [protect]
// does: a page that makes a victim's browser post the attacker's id connects
// the attacker to the victim's data.
func (a *app) connect(r *http.Request, who string, params httprouter.Params) (any, error) {
	return a.connection(r, who, params.ByName("id"), a.roots.Connect)
}

// disconnect ends what connect began, for pages that stay open.
func (a *app) disconnect(r *http.Request, who string, params httprouter.Params) (any, error) {
	return a.connection(r, who, params.ByName("id"), a.roots.Disconnect)
}

func (a *app) connection(r *http.Request, who, id string, verb func(context.Context, string, ...string) error) (any, error) {
	var paths []string
	if err := readJSON(r, &paths); err != nil {
		return nil, err
	}
	for _, path := range paths {
		if err := a.mayHear(who, path); err != nil {
			return nil, err
		}
	}
	if err := verb(r.Context(), id, paths...); err != nil {
		return nil, refuse(http.StatusBadRequest, "%v", err)
	}
	return paths, nil
}

// mayHear refuses a path that is not of a list of this person.
func (a *app) mayHear(who, path string) error {
	name, ok := strings.CutPrefix(path, pathPrefix)
	if _, err := a.lists.get(who, name); !ok || err != nil {
		return refuse(http.StatusForbidden, "you may not hear path %.300q", path)
	}
	return nil
}
