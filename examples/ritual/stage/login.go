package stage

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/rootspush/roots/examples/ritual/client"
)

func startHTML(w http.ResponseWriter, status int, policy string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
}

func showLogin(w http.ResponseWriter, status int, page client.LoginPage) {
	startHTML(w, status, client.LoginPolicy)
	_ = client.Login(w, page) // fails only if the browser has gone
}

// loginForm shows the form to log in.
func (s *Stage) loginForm(w http.ResponseWriter, _ *http.Request) {
	showLogin(w, http.StatusOK, client.LoginPage{})
}

// login takes a login and leads to target. Whoever else uses the browser stays
// logged in.
func (s *Stage) login(ritual, target string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		l, err := s.readLogin(req)
		if err != nil {
			problem := client.LoginPage{Ritual: ritual, Problem: err.Error(), Email: req.PostFormValue("email"), Name: req.PostFormValue("name")}
			showLogin(w, statusOf(err), problem)
			return
		}
		s.logins.put(l)
		users := s.users(req)
		if !slices.Contains(users, l.rid) {
			users = append(users[max(0, len(users)+1-maxPerPage):], l.rid)
		}
		setCookie(w, ritLogin, strings.Join(users, ridSeparator))
		http.Redirect(w, req, target, http.StatusFound)
	}
}

// readLogin reads the form of the login page.
func (s *Stage) readLogin(req *http.Request) (login, error) {
	if err := form(req); err != nil {
		return login{}, err
	}
	email, name := strings.TrimSpace(req.PostFormValue("email")), strings.TrimSpace(req.PostFormValue("name"))
	if err := checkPerson(name); err != nil {
		return login{}, err
	}
	if email == "" || len(email) > maxEmail {
		return login{}, refuse(http.StatusBadRequest, "the e-mail address must have 1 to %d bytes", maxEmail)
	}
	portrait, err := s.portrait(req, email)
	return login{rid: s.logins.rid(email), email: email, name: name, portrait: portrait}, err
}

// portrait makes the photo of a login from where the form says that it is.
func (s *Stage) portrait(req *http.Request, email string) ([]byte, error) {
	var data []byte
	var err error
	switch source := req.PostFormValue("photosource"); source {
	case "file":
		data, err = fileOf(req, "photofile")
	case "selfie":
		data, err = dataURL(req.PostFormValue("selfie"))
	case "url":
		data, err = s.fetchPhoto(req.Context(), req.PostFormValue("photourl"))
	case "keep":
		if kept := s.logins.withEmail(email).portrait; kept != nil {
			return kept, nil
		}
		return nil, refuse(http.StatusBadRequest, "there is no photo yet to keep, choose one")
	default:
		return nil, refuse(http.StatusBadRequest, "the photo can't come from %.20q, but from file, selfie, url or keep", source)
	}
	if err != nil {
		return nil, err
	}
	where, err := cropOf(req)
	if err != nil {
		return nil, err
	}
	return portrait(data, where)
}

// dataURL returns what a data URL holds, as a canvas writes it.
func dataURL(text string) ([]byte, error) {
	head, data, found := strings.Cut(text, ";base64,")
	if !found || !strings.HasPrefix(head, "data:image/") {
		return nil, refuse(http.StatusBadRequest, "the selfie must be a data URL of a picture")
	}
	decoded, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the selfie is damaged: %v", err)
	}
	return decoded, nil
}

// avatar serves the photo of a login.
func (s *Stage) avatar(w http.ResponseWriter, req *http.Request) {
	rid, isPNG := strings.CutSuffix(req.PathValue("file"), ".png")
	l := s.logins.get(rid)
	if !isPNG || l.portrait == nil {
		fail(w, errNotFound)
		return
	}
	w.Header().Set("Cache-Control", "max-age=60") // a new photo has the same address
	writeImage(w, "image/png", l.portrait)
}

// tryLogin returns the photo that a login would have.
func (s *Stage) tryLogin(w http.ResponseWriter, req *http.Request) {
	l, err := s.readLogin(req)
	if err != nil {
		fail(w, err)
		return
	}
	writeImage(w, "image/png", l.portrait)
}

// manage shows the logins of the browser.
func (s *Stage) manage(w http.ResponseWriter, req *http.Request) {
	page := client.ManagePage{Last: unescapeName(cookie(req, lastRitual))}
	for _, rid := range s.users(req) {
		l := s.logins.get(rid)
		page.Logins = append(page.Logins, client.Person{RID: rid, Name: l.name, Email: l.email})
	}
	startHTML(w, http.StatusOK, client.Policy())
	_ = client.Manage(w, page) // fails only if the browser has gone
}

// removeLogin takes a login out of the browser.
func (s *Stage) removeLogin(w http.ResponseWriter, req *http.Request) {
	rid := req.PostFormValue("remove")
	stay := slices.DeleteFunc(s.users(req), func(user string) bool { return user == rid })
	setCookie(w, ritLogin, strings.Join(stay, ridSeparator))
	http.Redirect(w, req, "/manageLogins", http.StatusSeeOther)
}

// userInfo tells whether a login is known, by its id or its e-mail address. The
// address is told to who named it, or has that login.
func (s *Stage) userInfo(w http.ResponseWriter, req *http.Request) {
	rid, email := req.FormValue("id"), req.FormValue("email")
	l := s.logins.get(rid)
	if email != "" {
		l = s.logins.withEmail(email)
	} else if !slices.Contains(s.users(req), rid) {
		l.email = ""
	}
	var answer any = struct {
		Found bool `json:"found"`
	}{false}
	if l.rid != "" {
		answer = struct {
			Found bool   `json:"found"`
			Hash  string `json:"hash"`
			Name  string `json:"name"`
			Email string `json:"email"`
		}{true, l.rid, l.name, l.email}
	}
	text, _ := encode(answer) // texts can always be encoded
	w.Header().Set("Content-Type", "text/json; charset=utf-8")
	_, _ = w.Write(text) // fails only if the client has gone
}
