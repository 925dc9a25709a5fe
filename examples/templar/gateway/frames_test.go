package gateway_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/websocket"
)

const (
	noRoom        = `{"code": "error", "message": "room-not-found"}`
	noRequestID   = `{"code": "error", "message": "no-request-id"}`
	notSubscribed = `{"code": "error", "message": "not-subscribed"}`
	tooMany       = `{"code": "error", "message": "too-many-subscriptions"}`
	nonJSON       = `{"requestId": "UUID", "code": "error", "message": "non-json-message"}`
	badType       = `{"requestId": "UUID", "code": "error", "message": "message-type-not-allowed"}`
)

var uuidForm = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// TestFrames says one thing after the other to one gateway, and compares each answer,
// byte for byte.
func TestFrames(t *testing.T) {
	type step struct{ say, want string }
	const sub = `{"type":"subscribe","room":{"a":1},"requestId":`
	const un = `{"type":"unsubscribe","requestId":`
	for name, steps := range map[string][]step{
		"ping":          {{`ping`, `pong`}, {`ping`, `pong`}},
		"not ping":      {{`PING`, nonJSON}, {` ping`, nonJSON}, {`"ping"`, badType}, {``, nonJSON}},
		"no JSON":       {{`{`, nonJSON}, {`{"type":"subscribe",}`, nonJSON}, {`{} {}`, nonJSON}, {`'x'`, nonJSON}},
		"no object":     {{`null`, badType}, {`5`, badType}, {`"x"`, badType}, {`[{"type":"status"}]`, badType}},
		"no type":       {{`{}`, badType}, {`{"type":null}`, badType}, {`{"type":"x"}`, badType}, {`{"type":["subscribe"]}`, badType}, {`{"Type":"status"}`, badType}, {`{"type":"Status"}`, badType}},
		"subscribe":     {{sub + `"x"}`, success}, {sub + `"x"}`, success}, {un + `"x"}`, success}, {un + `"x"}`, notSubscribed}},
		"no requestId":  {{`{"type":"subscribe","room":{"a":1}}`, noRequestID}, {`{"type":"unsubscribe"}`, noRequestID}, {`{"type":"subscribe"}`, noRequestID}, {sub + `[1]}`, noRequestID}, {sub + `{"x":1}}`, noRequestID}, {un + `[]}`, noRequestID}, {`{"type":"subscribe","room":{"a":1},"requestid":1}`, noRequestID}},
		"room":          {{`{"type":"subscribe","requestId":1}`, noRoom}, {`{"type":"subscribe","room":null,"requestId":1}`, noRoom}, {`{"type":"subscribe","room":"a","requestId":1}`, noRoom}, {`{"type":"subscribe","room":[],"requestId":1}`, noRoom}, {`{"type":"subscribe","room":{},"requestId":1}`, noRoom}, {`{"type":"subscribe","room":{"a":2},"requestId":1}`, noRoom}, {`{"type":"subscribe","room":{"a":"1"},"requestId":1}`, noRoom}, {`{"type":"subscribe","room":{"a":1,"b":1},"requestId":1}`, noRoom}, {`{"type":"subscribe","room":{"a":"*"},"requestId":1}`, noRoom}, {un + `1}`, notSubscribed}},
		"stars":         {{`{"type":"subscribe","room":{"b":1,"c":{"x":[]}},"requestId":1}`, success}, {`{"type":"subscribe","room":{"c":"*","b":1},"requestId":2}`, success}, {`{"type":"subscribe","room":{"b":"*","c":1},"requestId":3}`, noRoom}},
		"equal ids":     {{sub + `5}`, success}, {un + `"5"}`, notSubscribed}, {un + `5.0}`, success}, {sub + `null}`, success}, {un + `null}`, success}, {sub + `true}`, success}, {un + `1}`, notSubscribed}, {un + `true}`, success}, {sub + `9007199254740993}`, success}, {un + `9007199254740992}`, notSubscribed}},
		"ignored room":  {{sub + `1}`, success}, {`{"type":"unsubscribe","room":"anything","requestId":1}`, success}},
		"reused id":     {{sub + `1}`, success}, {un + `1}`, success}, {`{"type":"subscribe","room":{"b":1,"c":2},"requestId":1}`, success}, {un + `1}`, success}, {un + `1}`, notSubscribed}},
		"one of two":    {{sub + `1}`, success}, {sub + `2}`, success}, {un + `1}`, success}, {un + `2}`, success}},
		"in both rooms": {{sub + `1}`, success}, {`{"type":"subscribe","room":{"b":1,"c":2},"requestId":1}`, success}, {un + `1}`, success}, {un + `1}`, notSubscribed}},
		"written oddly": {{` { "requestId" : 1 , "room" : { "a" : 10e-1 } , "type" : "\u0073ubscribe" } `, success}, {`{"type":"x","type":"unsubscribe","requestId":1}`, success}},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, gateway.Options{Backend: letIn(`{"a":1}`, `{"b":1,"c":"*"}`)}, func(s *site) {
				p := s.enter()
				for _, step := range steps {
					p.say(step.say)
					if got := uuidForm.ReplaceAllString(p.hear(), "UUID"); got != step.want {
						p.t.Errorf("%s is answered %s, want %s", step.say, got, step.want)
					}
				}
			})
		})
	}
}

// TestFirstFrame: what it is called, and that each room is in it once, as the backend
// wrote it.
func TestFirstFrame(t *testing.T) {
	for _, c := range []struct {
		backend gateway.Backend
		named   bool
		want    string
	}{
		{letIn(), false, `{"is_authorized": true, "allowed_rooms": []}`},
		{letIn(), true, `{"is_authenticated": true, "allowed_rooms": []}`},
		{letIn(`{"a": 1}`, `{"b":"*","a":2.50}`, `{"a": 1}`, `{"a":1.0}`), false, `{"is_authorized": true, "allowed_rooms": [{"a": 1}, {"b":"*","a":2.50}]}`},
		{refuse, false, `{"is_authorized": false}`},
		{refuse, true, `{"is_authenticated": false}`},
		{letIn(`{"a": 1}`, `"foo"`), false, `{"is_authorized": false}`},
		{letIn(`null`), false, `{"is_authorized": false}`},
		{letIn("{\"a\":\"\xff\"}"), false, `{"is_authorized": false}`},
		{letIn(``), false, `{"is_authorized": false}`},
	} {
		onBoth(t, gateway.Options{Backend: c.backend, IsAuthenticated: c.named}, func(s *site) {
			p := s.open()
			p.wants(c.want)
			if strings.Contains(c.want, "false") {
				p.say("ping") // who is refused is not listened to
				p.wantsClose(websocket.NormalClosure)
			}
		})
	}
}

func TestEcho(t *testing.T) {
	onBoth(t, gateway.Options{Backend: letIn(`{"a":1}`), Echo: true}, func(s *site) {
		p := s.enter()
		p.does(`{"type":"subscribe","room":{"a":1},"requestId":5.0}`, `{"requestId": 5.0, "code": "success"}`)
		p.does(`{"type":"subscribe","room":{"a":2},"requestId":"x\"y"}`, `{"requestId": "x\"y", "code": "error", "message": "room-not-found"}`)
		p.does(`{"type":"unsubscribe","requestId":null}`, `{"requestId": null, "code": "error", "message": "not-subscribed"}`)
		p.does(`{"type":"unsubscribe"}`, noRequestID)
	})
}

// TestControlFrames, and what is not text.
func TestControlFrames(t *testing.T) {
	onBoth(t, gateway.Options{Backend: letIn()}, func(s *site) {
		p := s.enter()
		for _, payload := range []string{`ping`, `{"type":"status"}`, "\xff", ``} {
			p.write(masked(websocket.Binary, payload))
			if got := uuidForm.ReplaceAllString(p.hear(), "UUID"); got != nonJSON {
				p.t.Errorf("binary %q is answered %s", payload, got)
			}
		}
		p.write(masked(websocket.Ping, "are you there"))
		if op, payload, err := p.frame(); op != websocket.Pong || payload != "are you there" || err != nil {
			p.t.Errorf("a ping of the protocol is answered %v %q, %v", op, payload, err)
		}
		p.write(masked(websocket.Pong, "unasked"))
		p.does("ping", "pong")
	})
}

// TestWhatEndsIt: only what can't be answered.
func TestWhatEndsIt(t *testing.T) {
	for name, c := range map[string]struct {
		say  []byte
		code websocket.Code // 0 if it is answered
	}{
		"of the greatest length": {masked(websocket.Text, strings.Repeat("x", gateway.MaxMessage)), 0},
		"too long":               {masked(websocket.Text, strings.Repeat("x", gateway.MaxMessage+1)), websocket.TooBig},
		"not UTF-8":              {masked(websocket.Text, "\xff"), websocket.InvalidData},
		"not masked":             {[]byte{0x81, 4, 'p', 'i', 'n', 'g'}, websocket.ProtocolError},
		"closed":                 {masked(closeFrame, "\x03\xe8"), websocket.NormalClosure},
		"closed with a code":     {masked(closeFrame, "\x0f\xa0"), 4000},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, gateway.Options{Backend: letIn()}, func(s *site) {
				p := s.enter()
				go p.Write(c.say) // it need not be read to the end
				if c.code == 0 {
					if got := uuidForm.ReplaceAllString(p.hear(), "UUID"); got != nonJSON {
						p.t.Errorf("it is answered %s", got)
					}
					return
				}
				op, payload, err := p.frame()
				if err != nil || op != closeFrame || payload[:2] != string([]byte{byte(c.code >> 8), byte(c.code)}) {
					p.t.Errorf("it ends with %v %q, %v", op, payload, err)
				}
				s.wantStatus(gateway.Status{})
			})
		})
	}
}

// TestSubscriptionsAreBounded, by number and by size.
func TestSubscriptionsAreBounded(t *testing.T) {
	onBoth(t, gateway.Options{Backend: letIn(`{"a":"*"}`)}, func(s *site) {
		p := s.enter()
		room := func(i int) string { return fmt.Sprintf(`{"a":%d}`, i/2) } // two for each
		for i := range gateway.MaxSubscriptions {
			p.subscribe(room(i), fmt.Sprint(i))
		}
		p.does(`{"type":"subscribe","room":{"a":"more"},"requestId":-1}`, tooMany)
		p.does(`{"type":"subscribe","room":{"a":0},"requestId":-1}`, tooMany)
		p.subscribe(room(0), "0") // it is there
		p.does(`{"type":"unsubscribe","requestId":0}`, success)
		p.subscribe(room(0), "-1")
		p.does(`{"type":"subscribe","room":{"a":"more"},"requestId":-2}`, tooMany)
		s.wantStatus(gateway.Status{OpenConnections: 1, Rooms: gateway.MaxSubscriptions / 2, Received: gateway.MaxSubscriptions + 6})

		p = s.enter()
		long := `"` + strings.Repeat("x", gateway.MaxSubscribed/8-len(`""{"a":0}`)) + `"`
		for i := range 8 {
			p.subscribe(fmt.Sprintf(`{"a":%d}`, i), long)
		}
		p.does(`{"type":"subscribe","room":{"a":8},"requestId":1}`, tooMany)
		p.does(`{"type":"unsubscribe","requestId":`+long+`}`, success)
		p.subscribe(`{"a":8}`, "1")
	})
}
