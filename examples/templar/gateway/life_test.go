package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/internal/websocket"
)

// TestInactivity: who says nothing for 300 s is sent away, and who does stays. Pings of
// the protocol say nothing.
func TestInactivity(t *testing.T) {
	onPipes(t, gateway.Options{Backend: letIn()}, func(s *site) {
		silent, talks := s.enter(), s.enter()
		start := time.Now()
		for range 3 {
			time.Sleep(gateway.Inactivity/3 - time.Second)
			talks.does("{}?", strings.Replace(nonJSON, "UUID", s.name(talks), 1))
			silent.write(masked(websocket.Ping, ""))
			if op, _, err := silent.frame(); op != websocket.Pong || err != nil {
				t.Fatalf("came %v, %v", op, err)
			}
		}
		silent.wantsClose(websocket.NormalClosure)
		if took := time.Since(start); took < gateway.Inactivity || took > gateway.Inactivity+2*gateway.Tick {
			t.Errorf("it was sent away after %v", took)
		}
		talks.does("ping", "pong")
	})
}

// name asks for the name of a client.
func (s *site) name(p *peer) string {
	p.say("?")
	return uuidForm.FindString(p.hear())
}

// TestRefusalTakesItsTime, and ends also if the client does not close.
func TestRefusalTakesItsTime(t *testing.T) {
	onPipes(t, gateway.Options{Backend: refuse}, func(s *site) {
		p := s.open()
		p.wants(`{"is_authorized": false}`)
		start := time.Now()
		if op, payload, err := p.frame(); op != closeFrame || payload[:2] != "\x03\xe8" || err != nil || time.Since(start) != gateway.RefusalPause {
			t.Errorf("after %v came %v %q, %v", time.Since(start), op, payload, err)
		}
		p.wantsEnd()
		if took := time.Since(start); took != gateway.RefusalPause+gateway.PartingTime {
			t.Errorf("the connection ends after %v", took)
		}
	})
}

// TestGoing: however a client ends, all that it was a part of ends too.
func TestGoing(t *testing.T) {
	for name, end := range map[string]func(*peer){
		"with a close frame": func(p *peer) {
			p.write(masked(closeFrame, "\x03\xe8"))
			if op, _, err := p.frame(); op != closeFrame || err != nil {
				p.t.Errorf("came %v, %v", op, err)
			}
		},
		"without": func(p *peer) { p.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, gateway.Options{Backend: letIn(`{"a":"*"}`)}, func(s *site) {
				p, other := s.enter(), s.enter()
				p.subscribe(`{"a":1}`, `1`)
				p.subscribe(`{"a":2}`, `1`)
				other.subscribe(`{"a":2}`, `1`)
				s.wantStatus(gateway.Status{OpenConnections: 2, Rooms: 2, Received: 3})
				end(p)
				s.wantStatus(gateway.Status{OpenConnections: 1, Rooms: 1, Received: 3})
				s.publish(`[{"a":"*"}]`, `1`)
				other.wants(published(`1`, `1`))
				other.Close()
				s.wantStatus(gateway.Status{Received: 3, Sent: 1})
				if n := s.dolores.Stats().Registered; n != 0 {
					s.t.Errorf("%d are still registered", n)
				}
			})
		})
	}
}

// TestGoneBeforeTheAnswer: a client whose close frame is not answered yet is counted no
// more, and in no room.
func TestGoneBeforeTheAnswer(t *testing.T) {
	onPipes(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
		p := s.enter()
		p.subscribe(`{"a":1}`, `1`)
		p.write(masked(closeFrame, "\x03\xe8"))
		synctest.Wait() // the answer waits to be read
		if got := s.gateway.Status(); got.OpenConnections != 0 || got.Rooms != 0 {
			t.Errorf("the status is %v", got)
		}
		if op, _, err := p.frame(); op != closeFrame || err != nil {
			t.Errorf("came %v, %v", op, err)
		}
	})
}

// TestStatusFrame: the names, and how time is written.
func TestStatusFrame(t *testing.T) {
	onBoth(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
		p := s.enter()
		p.subscribe(`{"a":1}`, `1`)
		p.subscribe(`{"a":1}`, `2`)
		if err := s.gateway.TakeRabbit(s.t.Context(), []byte(`{"rooms":[{"a":1}],"data":1}`)); err != nil {
			s.t.Error(err)
		}
		if err := s.gateway.TakeRabbit(s.t.Context(), []byte(`bad`)); err == nil {
			s.t.Error("a bad message is taken")
		}
		p.wants(published(`1`, `1`), published(`1`, `2`))
		since := s.gateway.Status().OnlineSince.Local().Format("2006-01-02T15:04:05.000000")
		p.does(`{"type":"status"}`, `{"open_connections": 1, "num_rooms": 1, "online_since": "`+since+`", "rabbitmq_messages_received": 2, `+
			`"ws_messages_received": 3, "ws_messages_send": 2, "ws_messages_send_error": 0, "ws_messages_send_queued": 0}`)
	})
}

func TestPrivateStatus(t *testing.T) {
	onBoth(t, gateway.Options{Backend: letIn(), PrivateStatus: true}, func(s *site) {
		p := s.enter()
		p.does(`{"type":"status"}`, strings.Replace(badType, "UUID", s.name(p), 1))
	})
}

// TestDrain: at the end clients get what is queued, are told to go, and are waited for
// as long as that takes.
func TestDrain(t *testing.T) {
	for name, closes := range map[string]bool{"closes": true, "does not close": false} {
		t.Run(name, func(t *testing.T) {
			onPipes(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
				p := s.enter()
				p.subscribe(`{"a":1}`, `1`)
				s.publish(`[{"a":1}]`, `1`)
				s.publish(`[{"a":1}]`, `2`)
				start, stopped := time.Now(), s.stopping()
				p.wants(published(`1`, `1`), published(`2`, `1`))
				want := gateway.PartingTime
				if closes {
					want = 0
					p.wantsClose(websocket.GoingAway)
				} else if op, _, err := p.frame(); op != closeFrame || err != nil {
					t.Errorf("came %v, %v", op, err)
				} else {
					p.say("ping") // which is too late
					p.wantsEnd()
				}
				<-stopped
				if took := time.Since(start); took != want {
					t.Errorf("it took %v, want %v", took, want)
				}
				s.wantStatus(gateway.Status{Received: 1, Sent: 2})
			})
		})
	}
	t.Run("parked", func(t *testing.T) {
		onTCP(t, gateway.Options{Backend: letIn(`{"a":1}`)}, func(s *site) {
			p := s.enter()
			p.subscribe(`{"a":1}`, `1`)
			s.publish(`[{"a":1}]`, `1`)
			stopped := s.stopping()
			p.wants(published(`1`, `1`))
			p.wantsClose(websocket.GoingAway)
			<-stopped
		})
	})
}

// TestPlaces: there are so many, and one that was left is free again. Those who are
// still being asked about have one, but are not counted.
func TestPlaces(t *testing.T) {
	asked, say := make(chan struct{}), make(chan struct{})
	slow := answers(func(r *http.Request) (gateway.Access, error) {
		if r.URL.RawQuery == "slow" {
			asked <- struct{}{}
			<-say
		}
		return gateway.Access{}, nil
	})
	onTCP(t, gateway.Options{Backend: slow, MaxConnections: 2}, func(s *site) {
		p := s.enter()
		entering := make(chan *peer)
		go func() {
			p, _ := s.ask("/ws/?slow", upgrade...)
			entering <- p
		}()
		<-asked
		if n := s.gateway.Status().OpenConnections; n != 1 {
			t.Errorf("%d are counted", n)
		}
		if _, answer := s.ask("/ws/", upgrade...); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("one too many is answered %s", answer.Status)
		}
		say <- struct{}{}
		second := <-entering
		second.wants(`{"is_authorized": true, "allowed_rooms": []}`)
		s.wantStatus(gateway.Status{OpenConnections: 2})
		p.Close()
		s.wantStatus(gateway.Status{OpenConnections: 1})
		s.enter()
		s.wantStatus(gateway.Status{OpenConnections: 2})
	})
}

// TestClientThatDoesNotWait for the backend leaves nothing.
func TestClientThatDoesNotWait(t *testing.T) {
	var s *site
	backend := answers(func(r *http.Request) (gateway.Access, error) {
		<-r.Context().Done()
		return gateway.Access{}, r.Context().Err()
	})
	onTCP(t, gateway.Options{Backend: backend, MaxConnections: 1}, func(it *site) {
		s = it
		conn := s.dial()
		if _, err := conn.Write([]byte("GET /ws/ HTTP/1.1\r\nHost: h\r\n" + strings.Join(upgrade, "\r\n") + "\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, "it has the place", func() bool {
			_, answer := s.ask("/ws", upgrade[1:]...) // no handshake, so this takes no place
			return answer.StatusCode == http.StatusBadRequest && s.gateway.Places() == 1
		})
		conn.Close()
		testenv.Eventually(t, "the place is free", func() bool { return s.gateway.Places() == 0 })
	})
}

// TestBackendPanics: nobody is let in, and the place is free again.
func TestBackendPanics(t *testing.T) {
	onBoth(t, gateway.Options{Backend: answers(func(*http.Request) (gateway.Access, error) { panic("no") }), MaxConnections: 1}, func(s *site) {
		for range 2 {
			p := s.open()
			p.wants(`{"is_authorized": false}`)
			p.wantsClose(websocket.NormalClosure)
			testenv.Eventually(s.t, "the place is free", func() bool { return s.gateway.Places() == 0 })
		}
	})
}

func TestHandshake(t *testing.T) {
	with := func(headers ...string) []string { return append(headers, upgrade...) }
	for _, c := range []struct {
		path    string
		headers []string
		origins []string
		want    int
	}{
		{"/ws/", upgrade, nil, 101},
		{"/ws", upgrade, nil, 101},
		{"/ws/?token=x", upgrade, nil, 101},
		{"/ws/", nil, nil, 400},
		{"/ws", nil, nil, 400},
		{"/", upgrade, nil, 404},
		{"/ws/more", upgrade, nil, 404},
		{"/ws//", upgrade, nil, 404},
		{"/WS/", upgrade, nil, 404},
		{"/other", nil, nil, 404},
		{"/ws/", upgrade[:3], nil, 400},
		{"/ws/", append([]string{"Sec-WebSocket-Version: 12"}, upgrade[:2]...), nil, 426},
		{"/ws/", with("Origin: https://elsewhere.example"), nil, 101},
		{"/ws/", with("Origin: https://elsewhere.example"), []string{"https://app.example"}, 403},
		{"/ws/", with("Origin: https://app.example"), []string{"https://app.example"}, 101},
		{"/ws/", with("Origin: http://h"), []string{"https://app.example"}, 101},
		{"/ws/", upgrade, []string{"https://app.example"}, 101},
	} {
		onBoth(t, gateway.Options{Backend: letIn(), Origins: c.origins}, func(s *site) {
			if _, answer := s.ask(c.path, c.headers...); answer.StatusCode != c.want {
				s.t.Errorf("%s with %v is answered %s", c.path, c.headers, answer.Status)
			}
		})
	}
}
