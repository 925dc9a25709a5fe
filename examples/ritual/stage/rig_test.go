package stage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/ritual/stage"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what goes wrong is a part of the tests
	os.Exit(m.Run())
}

// script has four pages, the second with a widget, and asks for a login.
func script() fstest.MapFS {
	return folder("petrov", map[string]string{
		"index.json": `{"background": "night.jpg", "showParticipants": "avatars"}`,
		"night.jpg":  "a night", "words.vtt": "WEBVTT",
		"1.svg": "<svg>one</svg>", "2.svg": "<svg>two</svg>", "3.svg": "<svg>three</svg>", "4.svg": "<svg>four</svg>",
		"2.json": `{"widget": "Counter", "background": "dusk.jpg", "bkZoom": 1.5, "chatClass": "left", "unknown": 1}`,
		"3.json": `{"widget": "Pager"}`,
	})
}

// open is a script that asks for no login, and has a welcome page.
func open() fstest.MapFS {
	return folder("open", map[string]string{
		"index.json": `{"background": "night.jpg", "showParticipants": "none", "welcome": "hello"}`,
		"night.jpg":  "a night", "hello.svg": "<svg>hello</svg>", "hello.json": `{"initWidgets": ["Counter"]}`,
		"1.svg": "<svg>one</svg>", "2.svg": "<svg>two</svg>", "1.json": `{"widget": "Counter"}`,
	})
}

func folder(name string, files map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for file, text := range files {
		all[name+"/"+file] = &fstest.MapFile{Data: []byte(text)}
	}
	return all
}

// with returns a script with some files in the place of others; an empty text
// takes a file out.
func with(script fstest.MapFS, namesAndTexts ...string) fstest.MapFS {
	for i := 0; i < len(namesAndTexts); i += 2 {
		if namesAndTexts[i+1] == "" {
			delete(script, namesAndTexts[i])
			continue
		}
		script[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(namesAndTexts[i+1])}
	}
	return script
}

// A rig is a Stage that is closed when the test ends.
type rig struct {
	*stage.Stage
	t testing.TB
}

func newRig(t testing.TB, options stage.Options) *rig {
	r := &rig{stage.New(options), t}
	t.Cleanup(r.Close)
	return r
}

// bubble runs a test in fake time. A goroutine that is left behind fails it.
func bubble(t *testing.T, options stage.Options, test func(*testing.T, *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newRig(t, options)) })
}

// pass lets time pass, and all happen that then does.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// A change makes another request of one.
type change func(*http.Request)

func header(name, value string) change {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func (r *rig) ask(req *http.Request, changes ...change) *httptest.ResponseRecorder {
	for _, c := range changes {
		c(req)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

func (r *rig) get(target string, changes ...change) *httptest.ResponseRecorder {
	return r.ask(httptest.NewRequest("GET", target, nil), changes...)
}

// post sends a form, whose fields are a query.
func (r *rig) post(target, fields string, changes ...change) *httptest.ResponseRecorder {
	req := httptest.NewRequest("POST", target, strings.NewReader(fields))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.ask(req, changes...)
}

// upload sends a multipart form, with a file in one field.
func (r *rig) upload(target, fields, file string, data []byte, changes ...change) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	values, err := url.ParseQuery(fields)
	must(r.t, err)
	for name, all := range values {
		must(r.t, form.WriteField(name, all[0]))
	}
	if file != "" {
		part, err := form.CreateFormFile(file, "blob")
		must(r.t, err)
		_, _ = part.Write(data) // a Buffer takes everything
	}
	must(r.t, form.Close())
	req := httptest.NewRequest("POST", target, &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return r.ask(req, changes...)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want checks the status of an answer, and its body if that is not "".
func want(t testing.TB, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if w.Code != status || body != "" && w.Body.String() != body {
		t.Errorf("answered %d %s\nwant %d %s", w.Code, w.Body, status, body)
	}
}

// logIn returns the cookie of somebody who logged in.
func (r *rig) logIn(email, name string, changes ...change) change {
	r.t.Helper()
	w := r.upload("/addLogin", "photosource=file&email="+url.QueryEscape(email)+"&name="+url.QueryEscape(name), "photofile", photo(40, 30), changes...)
	want(r.t, w, http.StatusFound, "")
	value, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return header("Cookie", value)
}

// enter opens the page of a ritual and returns the client's id.
func (r *rig) enter(ritual, role string, changes ...change) (id string) {
	r.t.Helper()
	w := r.get("/"+ritual+"/"+role, changes...)
	found := regexp.MustCompile(`"Client":"([A-Za-z0-9_-]{43})"`).FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusOK || found == nil {
		r.t.Fatalf("%s of %s is answered %d %s", role, ritual, w.Code, w.Body)
	}
	return found[1]
}

// status asks for one, which comes at once.
func (r *rig) status(ritual, id, have string) string {
	r.t.Helper()
	w := r.get("/" + ritual + "/status?clientId=" + id + "&have=" + have + "&subhave=null")
	want(r.t, w, http.StatusOK, "")
	return w.Body.String()
}

// A waiting is a request that waits.
type waiting struct {
	answer chan *httptest.ResponseRecorder
}

func (r *rig) wait(target string) waiting {
	w := waiting{make(chan *httptest.ResponseRecorder, 1)}
	go func() { w.answer <- r.get(target) }()
	synctest.Wait()
	return w
}

// wait asks for a status and sees that it waits.
func (r *rig) poll(ritual, id, have string) waiting {
	r.t.Helper()
	w := r.wait("/" + ritual + "/status?clientId=" + id + "&have=" + have + "&subhave=null")
	w.waits(r.t)
	return w
}

func (w waiting) waits(t testing.TB) {
	t.Helper()
	synctest.Wait()
	select {
	case answer := <-w.answer:
		t.Errorf("it was answered, and should wait: %s", answer.Body)
		w.answer <- answer
	default:
	}
}

// says returns the answer, which is there.
func (w waiting) says(t testing.TB) string {
	t.Helper()
	synctest.Wait()
	select {
	case answer := <-w.answer:
		return answer.Body.String()
	default:
		t.Fatal("it waits, and should be answered")
		return ""
	}
}

// fieldsOf takes an answer apart.
func fieldsOf(t testing.TB, answer string) (fields map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(answer), &fields); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return fields
}

func photo(width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{200, 100, 50, 255}), image.Point{}, draw.Src)
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil) // a Buffer takes everything
	return b.Bytes()
}

func newGet(target string) *http.Request    { return httptest.NewRequest("GET", target, nil) }
func newDelete(target string) *http.Request { return httptest.NewRequest("DELETE", target, nil) }

func withCancel(req *http.Request) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithCancel(req.Context())
	return req.WithContext(ctx), cancel
}

func newHead(target string) *http.Request { return httptest.NewRequest("HEAD", target, nil) }
