package stage

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/rootspush/roots/examples/ritual/client"
)

// fixedRitual is the secret that names the one ritual that a server is for.
const fixedRitual = "RITUAL_NAME"

// control shows the rituals and a form for another. Where the server is for one,
// it leads there, or shows that it has not begun.
func (s *Stage) control(w http.ResponseWriter, req *http.Request) {
	name := s.secret(fixedRitual)
	switch {
	case name == "" || req.URL.Query().Has("controlpanel"):
		s.mayLead(w, req) // notes the token, if it is there
		s.showControl(w, http.StatusOK, client.ControlPage{})
	case s.find(name) != nil:
		http.Redirect(w, req, "/"+escapeName(name)+"/"+partake, http.StatusFound)
	default:
		startHTML(w, http.StatusOK, client.Policy())
		_ = client.NotReady(w, name) // fails only if the browser has gone
	}
}

func (s *Stage) showControl(w http.ResponseWriter, status int, page client.ControlPage) {
	page.Scripts = scripts(s.options.Scripts)
	for _, r := range s.all() {
		page.Rituals = append(page.Rituals, client.RitualLink{Name: r.name, Script: r.script.name})
	}
	startHTML(w, status, client.Policy())
	_ = client.Control(w, page) // fails only if the browser has gone
}

// mkRitual begins a ritual and leads to it. A refusal is a text, and to a browser
// the form that was filled in.
func (s *Stage) mkRitual(w http.ResponseWriter, req *http.Request) {
	err := s.beginAs(w, req)
	name := strings.TrimSpace(req.PostFormValue("name"))
	switch {
	case err == nil:
		http.Redirect(w, req, "/"+escapeName(name)+"/"+lead, http.StatusFound)
	case strings.Contains(req.Header.Get("Accept"), "text/html"):
		s.showControl(w, statusOf(err), client.ControlPage{
			Problem: err.Error(), Name: name, Script: req.PostFormValue("script"), Page: req.PostFormValue("page"),
		})
	default:
		fail(w, err)
	}
}

func (s *Stage) beginAs(w http.ResponseWriter, req *http.Request) error {
	if err := form(req); err != nil {
		return err
	}
	if !s.mayLead(w, req) {
		return errNoLeader
	}
	name, from, page := strings.TrimSpace(req.PostFormValue("name")), req.PostFormValue("script"), req.PostFormValue("page")
	if name == "" || from == "" {
		return errBadForm
	}
	number := 1
	if page != "" {
		var err error
		if number, err = strconv.Atoi(page); err != nil {
			return refuse(http.StatusBadRequest, "Attempt to access non-existant page %.20s", page)
		}
	}
	return s.Begin(name, from, number)
}
