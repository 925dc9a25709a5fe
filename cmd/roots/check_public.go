package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// A visitor is a session, as a browser has one.
type visitor struct {
	*installation
	id, reconnectWith string // the latter holds the key, and is shown nowhere
	path              string // what it hears
}

// An offer is what Firenze says, whatever the transport.
type offer struct {
	Updates []struct {
		Path    string
		Message string
	}
	ReconnectWith string
}

// errStatus is an answer that has another status than wanted.
type errStatus struct {
	status int
	text   string // the beginning of the body
	header http.Header
}

func (e *errStatus) Error() string { return fmt.Sprintf("the answer has status %d", e.status) }

// refusal makes an error of an answer, and closes it.
func refusal(answer *http.Response) *errStatus {
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, maxSaid)) // what came must do
	return &errStatus{answer.StatusCode, string(text), answer.Header}
}

// errNotFirenze is an answer of something else.
var errNotFirenze = errors.New("it does not answer as Firenze does")

// ask asks Firenze for something, as a page of the same site would.
func (i *installation) ask(ctx context.Context, method, where string, header http.Header) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, i.public+where, nil)
	if err != nil {
		return nil, keyless(err)
	}
	r.Header.Set("Accept", "*/*") // as browsers do
	maps.Copy(r.Header, header)
	answer, err := i.http.Do(r)
	return answer, keyless(err)
}

// keyless takes the URL out of an error, for a key may be in it.
func keyless(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// poll asks once and reads the answer.
func (i *installation) poll(ctx context.Context, where string) (o offer, head http.Header, err error) {
	answer, err := i.ask(ctx, http.MethodGet, where, nil)
	if err != nil {
		return o, nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return o, nil, refusal(answer)
	}
	defer answer.Body.Close()
	if json.NewDecoder(answer.Body).Decode(&o) != nil || !strings.Contains(o.ReconnectWith, "/") {
		return o, nil, errNotFirenze
	}
	return o, answer.Header, nil
}

// begin begins a session.
func (i *installation) begin(ctx context.Context) (*visitor, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, prompt)
	defer cancel()
	o, head, err := i.poll(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	id, _, _ := strings.Cut(o.ReconnectWith, "/")
	return &visitor{installation: i, id: id, reconnectWith: o.ReconnectWith, path: "roots/check/" + id[strings.LastIndex(id, "-")+1:]}, head, nil
}

// end ends the session, if that can be done.
func (v *visitor) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, prompt)
	defer cancel()
	if answer, err := v.ask(ctx, http.MethodDelete, v.reconnectWith, nil); err == nil {
		answer.Body.Close()
	}
}

// checkPublic begins two sessions.
func (i *installation) checkPublic(ctx context.Context) (f finding, head http.Header) {
	f.Check = "public URL"
	first, head, err := i.begin(ctx)
	if err == nil {
		defer first.end(ctx)
		var second *visitor
		if second, _, err = i.begin(ctx); err == nil {
			defer second.end(ctx)
			if first.id == second.id {
				f.Wrong, f.Change = "two browsers got the same session, because answers are kept and given again", "set proxy_cache off"
			}
			return f, head
		}
	}
	f.Wrong, f.Change = i.explainBegin(ctx, err)
	return f, nil
}

// explainBegin says why no session could be begun, and what to change.
func (i *installation) explainBegin(ctx context.Context, err error) (wrong, change string) {
	var status *errStatus
	switch {
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "its certificate is not good: " + err.Error(), "set ssl_certificate, with those that vouch for it, or --tls-cert where roots speaks TLS itself"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"): // as net/http puts it
		return "it speaks HTTP without TLS", `set "listen 443 ssl", or say http:// in --public`
	case errors.As(err, &status):
		return explainStatus(status)
	case errors.Is(err, errNotFirenze) && i.leadsToDudley(ctx):
		return "it leads to the trusted port, where everybody rules the server", "set proxy_pass to the address of --firenze, not of --dudley"
	case errors.Is(err, errNotFirenze):
		return err.Error(), "set proxy_pass to the address of --firenze, or say where it is with --public"
	}
	return "nothing answers: " + err.Error(), "start what listens there, or say where Firenze is with --public"
}

// leadsToDudley says whether the public URL takes what only the trusted port does,
// or asks for its token.
func (i *installation) leadsToDudley(ctx context.Context) bool {
	browser := installation{remote: remote{url: i.public}}
	status, said, err := browser.batch(ctx, "")
	return err == nil && (said.Success || status == http.StatusUnauthorized)
}

// explainStatus says what is wrong if a request for a new session has this answer.
func explainStatus(e *errStatus) (wrong, change string) {
	wrong = e.Error()
	switch {
	case e.status >= 300 && e.status < 400:
		return fmt.Sprintf("%s, it sends browsers on to %.200q, where WebSockets do not follow", wrong, e.header.Get("Location")), "take out return or rewrite, or say the last URL in --public"
	case e.status == http.StatusBadRequest && strings.Contains(e.text, "HTTPS"):
		return "it speaks TLS", "say https:// in --public"
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden:
		return wrong + ", so not everybody may come in", "set auth_basic off, and allow all"
	case e.status == http.StatusMethodNotAllowed && strings.Contains(e.text, "updates are sent by POST"):
		return "it leads to the trusted port, where everybody rules the server", "set proxy_pass to the address of --firenze, not of --dudley"
	case e.status == http.StatusBadGateway, e.status == http.StatusGatewayTimeout:
		return wrong + ", the proxy does not reach Firenze", "set proxy_pass to the address of --firenze"
	case e.status == http.StatusServiceUnavailable:
		return wrong + ", no more sessions are taken", "start another server, or wait until this one has started"
	}
	return wrong + ", there is no Firenze", "set location and proxy_pass, or say where it is with --public"
}

// checkHead looks for the headers that keep others from keeping an answer. That
// one which asks nginx not to buffer is meant for it alone; whether it obeys
// shows in a stream.
func checkHead(head http.Header) finding {
	f := finding{Check: "headers"}
	for _, h := range [][2]string{{"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}, {"X-Content-Type-Options", "nosniff"}} {
		if got := strings.Join(head.Values(h[0]), ", "); got != h[1] {
			f.Wrong = fmt.Sprintf("%s is %q where Firenze says %q, so that others may keep what is secret", h[0], got, h[1])
			f.Change = "take out proxy_hide_header, expires and add_header for it"
			return f
		}
	}
	return f
}
