package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/rootspush/roots/internal/address"
)

// A demo stands for the application that has no websockets: a help desk, with a page,
// and an API that the gateway asks. Who somebody is, is whom they choose to be.
type demo struct {
	trigger string // where it posts what is to be published
	token   string
	client  http.Client

	mu   sync.Mutex // guards here
	here map[string]bool
}

// allowed are the rooms of the people of the demonstration.
var allowed = map[string]string{
	"ann": `[{"customer": "*"}, {"list": "people"}]`, // who works there
	"bob": `[{"customer": 1}]`,
	"eve": `[{"customer": 2}]`,
}

// maxSaid is how long a thing to say may be, as JSON, in bytes.
const maxSaid = 4 << 10

//go:embed page
var pageFiles embed.FS

// demonstrate serves the gateway together with the demonstration, until ctx ends.
func (s *settings) demonstrate(ctx context.Context, clients, trusted net.Listener, out io.Writer) error {
	trigger, client := address.HTTP(triggerURL(trusted.Addr()))
	d := &demo{trigger: trigger + "trigger/", token: s.token, client: client, here: map[string]bool{}}
	api, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.api = "http://" + api.Addr().String() + "/api/"
	g, controller, err := s.gateway()
	if err != nil {
		api.Close()
		return err
	}
	controller.Care("demonstration", func(ctx context.Context) error { return serveHTTP(ctx, api, d.api()) })
	site := http.NewServeMux()
	site.Handle("/", d.site())
	site.Handle("/ws", g)
	site.Handle("/ws/", g)
	fmt.Fprintf(out, "There is no --api, so this is a demonstration: open http://%s/\n", clients.Addr())
	return s.serve(ctx, controller, g, clients, site, trusted)
}

// triggerURL is where the trusted side is.
func triggerURL(addr net.Addr) string {
	if addr.Network() == "unix" {
		return address.String(addr)
	}
	return "http://" + addr.String() + "/"
}

// api is what the gateway asks.
func (d *demo) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/bootstrap/", d.bootstrap)
	mux.HandleFunc("POST /api/user/notify_online/", func(_ http.ResponseWriter, r *http.Request) { d.note(r, true) })
	mux.HandleFunc("POST /api/user/notify_offline/", func(_ http.ResponseWriter, r *http.Request) { d.note(r, false) })
	return mux
}

// site is what the browser asks.
func (d *demo) site() http.Handler {
	files, _ := fs.Sub(pageFiles, "page") // it is there
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /people", func(w http.ResponseWriter, r *http.Request) { writeJSON(w, d.people()) })
	mux.HandleFunc("POST /say", d.say)
	own := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		own.ServeHTTP(w, r)
	})
}

// name returns who asks, if it is one of the people. The token of a websocket comes to
// the API in this form, and pages send it in the same.
func name(r *http.Request) (string, bool) {
	who, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Token ")
	_, known := allowed[who]
	return who, known
}

func (d *demo) bootstrap(w http.ResponseWriter, r *http.Request) {
	who, known := name(r)
	if !known {
		http.Error(w, "nobody is signed in", http.StatusForbidden)
		return
	}
	writeJSON(w, map[string]json.RawMessage{"allowed_rooms": json.RawMessage(allowed[who])})
}

// note keeps who is here, and publishes that to the list of people.
func (d *demo) note(r *http.Request, here bool) {
	who, known := name(r)
	if !known {
		return
	}
	d.mu.Lock()
	was := d.here[who]
	d.here[who] = here
	d.mu.Unlock()
	if was != here {
		_ = d.publish(r.Context(), `{"list": "people"}`, d.people()) // whoever looks at it next is told anew
	}
}

// people returns the names of those who are here.
func (d *demo) people() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	people := []string{}
	for _, who := range slices.Sorted(maps.Keys(d.here)) {
		if d.here[who] {
			people = append(people, who)
		}
	}
	return people
}

// say publishes what somebody says in a room.
func (d *demo) say(w http.ResponseWriter, r *http.Request) {
	var said struct {
		Room json.RawMessage
		Text string
	}
	who, known := name(r)
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSaid)).Decode(&said)
	if !known || err != nil {
		http.Error(w, "sign in, and say something", http.StatusBadRequest)
		return
	}
	if err := d.publish(r.Context(), string(said.Room), map[string]string{"from": who, "text": said.Text}); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

// publish is all that an application has to do so that its pages hear of something.
func (d *demo) publish(ctx context.Context, room string, data any) error {
	body, err := json.Marshal(map[string]any{"rooms": []json.RawMessage{json.RawMessage(room)}, "data": data})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.trigger, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	answer, err := d.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the trigger answers %s", answer.Status)
	}
	return nil
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // if the client has left, there is nobody to tell
}
