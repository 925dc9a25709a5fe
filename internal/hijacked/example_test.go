package hijacked_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/rootspush/roots/internal/hijacked"
)

// A handler takes a connection over, reads what is plain by itself, and gives the
// connection back for the rest.
func Example() {
	takesOver := func(w http.ResponseWriter, r *http.Request) {
		server := r.Context().Value(http.ServerContextKey).(*http.Server)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst")
		for {
			request := make([]byte, 1024)
			n, _ := conn.Read(request)
			target, headers, ok := hijacked.CutLine(request[:n], http.MethodGet, "/")
			if !ok || string(target) != "taken" || hijacked.SkipHeaders(headers, func(_, _ []byte) bool { return true }) == nil {
				hijacked.Return(server, conn, nil, request[:n])
				return
			}
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nrepeat")
		}
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /taken", takesOver)
	routes.HandleFunc("GET /other", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "other") })
	server := httptest.NewServer(routes)
	defer server.Close()
	for _, path := range []string{"/taken", "/taken", "/other", "/taken"} {
		answer, err := server.Client().Get(server.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		fmt.Println(string(text))
	}
	// Output:
	// first
	// repeat
	// other
	// first
}
