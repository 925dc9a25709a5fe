package stage

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// kinds of files that scripts have beside pictures. What is none of these is a
// JPEG, as all are in the original.
var kinds = map[string]string{
	".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".svg": "image/svg+xml", ".avif": "image/avif",
	".mp4": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav",
}

// sandboxed keeps scripts in a picture from running when it is opened by itself.
const sandboxed = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

func (r *ritual) background(w http.ResponseWriter, req *http.Request) {
	r.file(w, req, r.script.index.Background)
}

// media serves a picture, or another file, that pages of the script name.
func (r *ritual) media(w http.ResponseWriter, req *http.Request) {
	r.file(w, req, req.PathValue("file"))
}

func (r *ritual) file(w http.ResponseWriter, req *http.Request, name string) {
	kind := kinds[strings.ToLower(path.Ext(name))]
	if kind == "" {
		kind = "image/jpeg"
	}
	w.Header().Set("Content-Security-Policy", sandboxed)
	w.Header().Set("Cache-Control", "max-age=300")
	serve(w, req, r.script.files, name, kind)
}

func (r *ritual) captions(w http.ResponseWriter, req *http.Request) {
	serve(w, req, r.script.files, req.PathValue("file"), "text/vtt; charset=utf-8")
}

// serve sends a file, whose name may come from a client.
func serve(w http.ResponseWriter, req *http.Request, files fs.FS, name, kind string) {
	if files == nil || !isVisible(name) {
		fail(w, errNotFound)
		return
	}
	if info, err := fs.Stat(files, name); err != nil || !info.Mode().IsRegular() {
		fail(w, errNotFound)
		return
	}
	if kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	http.ServeFileFS(w, req, files, name)
}

// serveFile serves the code of the client. A browser asks again each time, and a
// new server has new code.
func serveFile(files fs.FS) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		serve(w, req, files, req.PathValue("file"), kindOfCode[path.Ext(req.PathValue("file"))])
	}
}

// kindOfCode keeps the answer from depending on the tables of the machine.
var kindOfCode = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".md": "text/plain; charset=utf-8"}

// singingFiles are those that an external singing client wants to find in the
// place of the ritual.
var singingFiles = []string{"audio-worklet.js", "audiochunk.js", "lib.js", "worker-encoder.js", "worker-decoder.js", "opusjs/{file}"}

var errNoSinging = refuse(http.StatusNotFound, "there is no singing client on this server: start it with --singing FOLDER")

// singing serves a file of the external singing client, if there is one.
func (s *Stage) singing(w http.ResponseWriter, req *http.Request) {
	if s.options.Singing == nil {
		fail(w, errNoSinging)
		return
	}
	name := path.Base(req.URL.Path)
	if file := req.PathValue("file"); file != "" {
		name = file
	}
	if strings.HasPrefix(req.URL.Path, "/opusjs/") {
		name = "opusjs/" + name
	}
	serve(w, req, s.options.Singing, name, kindOfCode[path.Ext(name)])
}

// favicon is the picture of a tab: the yellow disc.
func favicon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "max-age=86400")
	writeImage(w, "image/jpeg", yellow())
}
