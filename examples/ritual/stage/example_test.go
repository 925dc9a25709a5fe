package stage_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing/fstest"

	"github.com/rootspush/roots/examples/ritual/stage"
)

// Example begins a ritual, and asks for its status as a browser does.
func Example() {
	s := stage.New(stage.Options{Scripts: fstest.MapFS{
		"vigil/index.json": {Data: []byte(`{"background": "1.svg", "showParticipants": "none"}`)},
		"vigil/1.svg":      {Data: []byte(`<svg>we light a candle</svg>`)},
	}})
	if err := s.Begin("tonight", "vigil", 1); err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(s)
	defer server.Close()
	defer s.Close()

	id := regexp.MustCompile(`"Client":"(.{43})"`).FindStringSubmatch(get(server.URL + "/tonight/partake"))
	fmt.Println(get(server.URL + "/tonight/status?have=0&clientId=" + id[1]))
	fmt.Println(s.Begin("tomorrow", "vigils", 1))
	// Output:
	// {"svg":"<svg>we light a candle</svg>","twilioAudioEnabled":false,"page":"1"}
	// vigils/index.json: there is no such file
}

func get(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body) // the example shows what came
	return string(text)
}
