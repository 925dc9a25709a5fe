package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// request sends any request and keeps the answer as one that a client got.
func (s *spy) request(method, target, text string, headers ...string) string {
	s.t.Helper()
	r, err := http.NewRequest(method, s.addresses["firenze"]+target, strings.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second) // streams go on
	defer cancel()
	resp, err := http.DefaultClient.Do(r.WithContext(ctx))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var got strings.Builder
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadString('\n')
		got.WriteString(line)
		if err != nil || strings.HasPrefix(line, "data:") && resp.Header.Get("Content-Type") == "text/event-stream" {
			break
		}
	}
	s.told += got.String() + "\n"
	return got.String()
}

// begin opens a session, connects it to my/data and returns its parts.
func (s *spy) begin() (id, key string) {
	m := reconnect.FindStringSubmatch(s.request("GET", "", ""))
	s.post("::connect", m[1]+"->my/data")
	return m[1], m[2]
}

// drive has clients do what they may, and what they may not.
func (s *spy) drive() {
	id, key := s.begin()
	other, otherKey := s.begin()
	s.post("my/data", "hello")
	session := id + "/" + key + "-"
	for _, r := range [][]string{
		{"GET", session + "0", ""},
		{"GET", session + "1", "", "Accept", "text/event-stream"},
		{"GET", "", "", "Accept", "text/event-stream", "Last-Event-ID", session + "1"},
		{"GET", "", "", "Accept", "text/event-stream", "Last-Event-ID", other + "/" + key + "-1"},
		{"POST", session + "1", `[{"path":"up","message":"x"},{"path":"::connect","message":"x"}]`},
		{"POST", session + "1?number=1", `[{"path":"up","message":"x"}]`},
		{"POST", session + "1?number=" + key, `[]`},
		{"POST", session + "1", `{"confirm":"` + session + `1"`},
		{"POST", session + "1", `[{"path":"` + strings.Repeat(session, 9) + `","message":"x"}]`},
		{"POST", other + "/" + key + "-1", `[{"path":"up","message":"x"}]`},
		{"GET", other + "/" + key + "-1", ""},
		{"GET", key + "-1/" + id, ""},
		{"GET", session + "99999999999999999999", ""},
		{"GET", session + "0/" + key, ""},
		{"GET", key, ""},
		{"GET", session + "0;" + key + "?" + session, ""},
		{"PUT", session + "0", ""},
		{"BREW", session + "0", key},
		{"DELETE", other + "/" + key + "-1", ""},
		{"DELETE", other + "/" + otherKey + "-1", ""},
		{"POST", other + "/" + otherKey + "-1/bye", ""},
	} {
		s.request(r[0], r[1], r[2], r[3:]...)
	}
	s.socket(session)
	s.garbage(session)
	s.get(s.addresses["dudley"] + session + "0") // at the wrong door
}

// socket says over a WebSocket what is right, and what is wrong.
func (s *spy) socket(session string) {
	for _, says := range []string{
		`{"updates":[{"path":"up","message":"x"}],"number":2,"confirm":"` + session + `1"}`,
		`{"confirm":"` + session,
		`{"updates":[{"path":"` + strings.Repeat(session, 9) + `","message":"x"}]}`,
		`{"updates":{"` + session + `":1},"confirm":7}`,
		"",
	} {
		url := strings.Replace(s.addresses["firenze"], "http:", "ws:", 1)
		conn, _, err := websocket.Dial(s.t.Context(), url+session+"1", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		kind := websocket.MessageText
		if says == "" {
			kind = websocket.MessageBinary
		}
		for range 2 { // the first answer tells the session
			_, text, err := conn.Read(s.t.Context())
			s.told += string(text) + "\n"
			if err == nil {
				_ = conn.Write(s.t.Context(), kind, []byte(says)) // some of it ends the connection
			}
		}
		conn.CloseNow()
	}
}

// garbage is what net/http has to cope with.
func (s *spy) garbage(session string) {
	address := strings.TrimSuffix(strings.TrimPrefix(s.addresses["firenze"], "http://"), prefix+"/")
	for _, request := range []string{
		session + "\r\n\r\n",
		"GET /" + session + "0\r\n\r\n",
		"GET /" + session + "0 HTTP/9.9\r\n\r\n",
		"GET /" + session + "0 HTTP/1.1\r\n\r\n",
		"GET /" + session + "0 HTTP/1.1\r\nHost: a\r\n" + session + "\r\n\r\n",
		"GET /%zz" + session + "0 HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /" + session + "0 HTTP/1.1\r\nHost: a\r\nContent-Length: " + session + "\r\n\r\n",
		"GET /" + session + "1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + session,
		"GET /" + session + "1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + session + "\r\n\r\n",
	} {
		conn := must(net.Dial("tcp", address))
		io.WriteString(conn, request)
		conn.(*net.TCPConn).CloseWrite() // so that the server does not wait for more
		text, _ := io.ReadAll(conn)      // it may cut off who sends too much
		conn.Close()
		s.told += string(text) + "\n"
	}
}
