package stage

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// form reads the body of a post, of either kind that browsers send. A body of
// another kind has no fields.
func form(req *http.Request) error {
	if err := req.ParseForm(); err != nil {
		return err
	}
	err := req.ParseMultipartForm(maxBody)
	if errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	return err
}

// post serves a route that is posted to by anybody but those who observe. It is
// answered with 204.
func (r *ritual) post(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		err := form(req)
		if err == nil {
			err = r.checkSender(req)
		}
		if err == nil {
			err = do(req)
		}
		done(w, err)
	}
}

// checkSender refuses who observes.
func (r *ritual) checkSender(req *http.Request) (err error) {
	id := req.FormValue("clientId")
	if path := req.PathValue("client"); path != "" {
		id = path
	}
	r.turn(func() {
		if v := r.visitor(id); v != nil && v.role == observe {
			err = errObserver
		}
	})
	return err
}

// leadership serves a route for leaders. A post that names a page is for that one:
// of two leaders who turn it at once, one does.
func (r *ritual) leadership(do func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		r.post(func(req *http.Request) (err error) {
			if !r.stage.mayLead(w, req) {
				return errNoLeader
			}
			page := req.FormValue("page")
			r.turn(func() {
				if page == "" || page == r.page().name {
					err = do()
				}
			})
			return err
		})(w, req)
	}
}

func (r *ritual) next() error {
	rest := r.place == nil
	if err := r.show(r.number + 1); err != nil {
		return err
	}
	if rest {
		r.rotate()
	}
	return nil
}

func (r *ritual) previous() error { return r.show(r.number - 1) }

func (r *ritual) skip() error {
	r.rotate()
	return nil
}

// widgetData hands a post to the widget. One that says which page it is for is
// refused on another. One that comes again, as the answer got lost, is not.
func (r *ritual) widgetData(req *http.Request) error {
	sent, err := r.postOf(req)
	if err != nil {
		return err
	}
	page, id := req.URL.Query().Get("page"), req.URL.Query().Get("post")
	r.turn(func() { err = r.handOver(sent, page, id) })
	return err
}

// postOf reads what was posted to a widget, files and all.
func (r *ritual) postOf(req *http.Request) (widget.Post, error) {
	p := widget.Post{Fields: req.PostForm, Files: map[string][]byte{}, Users: r.stage.users(req)}
	if len(p.Users) == 0 {
		p.Users = []string{"anon" + r.stage.addressOf(req)}
	}
	if req.MultipartForm == nil {
		return p, nil
	}
	for name, files := range req.MultipartForm.File {
		data, err := contents(files[0])
		if err != nil {
			return p, err
		}
		p.Files[name] = data
	}
	return p, nil
}

func contents(file *multipart.FileHeader) ([]byte, error) {
	f, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func (r *ritual) handOver(sent widget.Post, page, id string) error {
	p := r.place
	switch {
	case p == nil:
		return errNotFound
	case page != "" && page != r.page().name:
		return refuse(http.StatusConflict, "the page has been turned meanwhile")
	case id != "" && r.posts.has(id):
		return nil
	}
	err := errBroken
	r.safely(func() { err = p.widget.FromClient(sent) })
	if err != nil {
		return err
	}
	r.posts.add(id)
	r.changeWidget()
	return nil
}

var errBroken = refuse(http.StatusBadRequest, "the widget can't take this")

// setName sets what a visitor is called in the chat.
func (r *ritual) setName(req *http.Request) error {
	name := strings.TrimSpace(req.FormValue("name"))
	if err := checkPerson(name); err != nil {
		return err
	}
	return r.change(req.FormValue("clientId"), errUnknown, func(v *visitor) {
		v.name = name
		r.changeCrowd()
	})
}

// welcome notes that a visitor has done with the welcome page. Who shows that is
// told at once what all see.
func (r *ritual) welcome(req *http.Request) error {
	return r.change(req.PathValue("client"), errNotFound, func(v *visitor) {
		v.welcomed = true
		r.tell(somebody)
		r.changeCrowd()
	})
}

// roomFail is told that a video room failed. There are none.
func (r *ritual) roomFail(req *http.Request) error {
	return r.change(req.PathValue("client"), errNotFound, func(*visitor) {})
}

// change runs do in a turn with the visitor of this id, or returns unknown.
func (r *ritual) change(id string, unknown error, do func(*visitor)) error {
	err := unknown
	r.turn(func() {
		if v := r.visitor(id); v != nil {
			err = nil
			do(v)
		}
	})
	return err
}

// recent are the ids of the last posts.
type recent struct {
	known map[string]bool
	line  []string // oldest first
}

func (r *recent) has(id string) bool { return r.known[id] }

func (r *recent) add(id string) {
	if id == "" || len(id) > maxName {
		return
	}
	if r.known == nil {
		r.known = map[string]bool{}
	}
	if len(r.line) == maxPosts {
		delete(r.known, r.line[0])
		r.line = r.line[1:]
	}
	r.known[id] = true
	r.line = append(r.line, id)
}
