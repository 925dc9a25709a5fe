package widgets

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
)

// A stub is a singing server that notes what it is told.
type stub struct {
	*httptest.Server
	told     []string
	metadata string
	status   int // of the answer to mark_start_singing, if not 0
}

func newStub(t *testing.T) *stub {
	t.Helper()
	s := &stub{metadata: `{"server_clock":1000000,"server_sample_rate":48000,"more":1}`}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	t.Cleanup(singingClient.CloseIdleConnections)
	return s
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil {
		query = err.Error()
	}
	s.told = append(s.told, r.Method+" "+r.URL.Path+" "+query)
	if r.URL.Query().Has("mark_start_singing") {
		w.Header().Set("X-Audio-Metadata", s.metadata)
		if s.status != 0 {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(s.status)
		}
	}
}

// begin has ann sing with the server.
func (s *stub) begin(t *testing.T, terms string) *widgettest.Ritual {
	t.Helper()
	ritual := show(t, "BucketSinging", `{}`, "ann")
	ritual.Secrets = map[string]string{"BUCKET_SINGING_URL": s.URL + "/api"}
	if err := ritual.Show("BucketSinging", terms); err != nil {
		t.Fatal(err)
	}
	ready(t, ritual, "ann")
	ritual.Advance(0)
	return ritual
}

// TestSingingServer: what the server is told of a song, in which order.
func TestSingingServer(t *testing.T) {
	for name, test := range map[string]struct {
		terms string
		want  []string
	}{
		"with timings": {`{"lyrics":["a","b","c"],"backing":"long & slow","lyricTimings":[4,5.5,7],"muteTimings":[6,6.5],"unmuteTimings":[6.25]}`, []string{
			"POST /api mark_stop_singing=1",
			"POST /api mark_start_singing=1&track=long & slow",
			`POST /api event_data=[{"evid":-4,"clock":1000000},{"evid":-3,"clock":1048000},{"evid":-2,"clock":1096000},{"evid":-1,"clock":1144000},` +
				`{"evid":0,"clock":1192000},{"evid":1,"clock":1264000},{"evid":2,"clock":1336000},{"evid":"mute0","clock":1288000},{"evid":"mute1","clock":1312000},{"evid":"unmute0","clock":1300000}]`,
		}},
		"eleven events": {`{"lyrics":["a"],"backing":"x","lyricTimings":[4,5,6,7,8,9,10]}`, []string{
			"POST /api mark_stop_singing=1",
			"POST /api mark_start_singing=1&track=x",
			`POST /api event_data=[{"evid":-4,"clock":1000000},{"evid":-3,"clock":1048000},{"evid":-2,"clock":1096000},{"evid":-1,"clock":1144000},` +
				`{"evid":0,"clock":1192000},{"evid":1,"clock":1240000},{"evid":2,"clock":1288000},{"evid":3,"clock":1336000},{"evid":4,"clock":1384000},{"evid":5,"clock":1432000}]`,
			`POST /api event_data=[{"evid":6,"clock":1480000}]`,
		}},
		"without timings": {`{"lyrics":["a"],"muteTimings":[1]}`, []string{"POST /api mark_stop_singing=1", "POST /api mark_start_singing=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := newStub(t)
			ritual := server.begin(t, test.terms)
			if diff := cmp.Diff(test.want, server.told); diff != "" {
				t.Errorf("the server is told (-want +got):\n%s", diff)
			}
			if got := told(t, ritual, "ann")["server_url"]; got != server.URL+"/api" {
				t.Errorf("browsers are told %q", got)
			}
		})
	}
}

// TestSingingServerFails: the song goes on without it, and the log says why.
func TestSingingServerFails(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*stub)
		posts int
		log   string
	}{
		"an error":                 {func(s *stub) { s.status = 500 }, 2, "it answers 500 Internal Server Error"},
		"a redirect":               {func(s *stub) { s.status = 307 }, 2, "it answers 307 Temporary Redirect"},
		"no metadata":              {func(s *stub) { s.metadata = "" }, 2, "is no JSON object"},
		"metadata of another kind": {func(s *stub) { s.metadata = "[]" }, 2, "is no JSON object"},
		"nobody there":             {func(s *stub) { s.Close() }, 0, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			before := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			defer slog.SetDefault(before)
			server := newStub(t)
			test.spoil(server)
			ritual := server.begin(t, unled)
			if told(t, ritual, "ann")["ready"] != true {
				t.Error("the song does not begin")
			}
			if len(server.told) != test.posts || !strings.Contains(log.String(), test.log) {
				t.Errorf("the server is told %q, and the log says %s", server.told, log.String())
			}
		})
	}
}

// TestNoSingingServer: without the secret nobody is told anything.
func TestNoSingingServer(t *testing.T) {
	defer fakeTransport(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s is asked", r.URL)
		return nil, errors.New("unreachable")
	})()
	ritual := show(t, "BucketSinging", unled, "ann")
	ready(t, ritual, "ann")
	ritual.Advance(time.Minute)
	if told(t, ritual, "ann")["server_url"] != "" {
		t.Error("browsers are told of one")
	}
}

// TestSingingServerHangs: it is waited for so long, and not after the page was turned.
func TestSingingServerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked string
		defer fakeTransport(func(r *http.Request) (*http.Response, error) {
			asked = r.URL.String()
			<-r.Context().Done()
			return nil, r.Context().Err()
		})()
		begin := time.Now()
		err := singingServer("/api").sing(songTerms{})(t.Context())
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != singingPatience {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		if asked != "http://localhost:8001/api?mark_stop_singing=1" {
			t.Errorf("%s is asked", asked)
		}
		ctx, turn := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, turn)
		begin = time.Now()
		if err := singingServer("/api").sing(songTerms{})(ctx); !errors.Is(err, context.Canceled) || time.Since(begin) != time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

// roundTrip is a function that answers requests.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// fakeTransport has f answer for the singing server until it is undone.
func fakeTransport(f roundTrip) (undo func()) {
	singingClient.Transport = f
	return func() { singingClient.Transport = nil }
}
