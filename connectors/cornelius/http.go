package cornelius

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/thestral"
)

// Options of [New]. The zero value speaks to a Dudley on this machine.
type Options struct {
	// Token is what Dudley asks for. Default: none is sent.
	Token string
	// Timeout is how long one call may take in all. Default: 5 seconds.
	Timeout time.Duration
	// Client sends the requests. Default: one that shares connections with
	// [http.DefaultClient] and keeps them alive. Set it for a certificate of
	// your own, or to keep more than two idle connections. For a Unix socket its
	// Transport is not used.
	Client *http.Client
}

// New returns a Cornelius that speaks to the Dudley at baseURL, such as
// "http://localhost:8004/", or "unix:/run/roots/dudley.sock" for a Unix socket.
// It does not connect yet. The error says that baseURL is not such an address.
func New(baseURL string, opt Options) (*Cornelius, error) {
	base, direct := address.HTTP(baseURL)
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("cornelius: %q is no address of Dudley, which is written \"http://localhost:8004/\" or \"unix:/path\"", baseURL)
	}
	p := poster{url: u.String(), token: opt.Token, timeout: cmp.Or(opt.Timeout, 5*time.Second)}
	if opt.Client != nil {
		p.client = *opt.Client
	}
	if direct.Transport != nil {
		p.client.Transport = direct.Transport
	}
	// A redirect would turn the post into a GET, and success into nothing done.
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Cornelius{p.send}, nil
}

// poster sends batches to one Dudley.
type poster struct {
	client  http.Client
	url     string
	token   string
	timeout time.Duration
}

func (p *poster) send(ctx context.Context, batch []thestral.Update) error {
	body, err := encode(batch)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	status, answer, err := p.post(ctx, body)
	if err != nil {
		return unanswered(err)
	}
	return judge(status, answer)
}

// encode does not use json.Marshal, which writes "<" in six bytes.
func encode(batch []thestral.Update) (*bytes.Buffer, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	enc.Encode(batch) // texts can't fail
	body.Truncate(body.Len() - len("\n"))
	if body.Len() > dudley.MaxBody {
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Index: -1, Message: fmt.Sprintf(
			"the batch is %d bytes of JSON, at most %d are allowed", body.Len(), dudley.MaxBody)}
	}
	return &body, nil
}

func (p *poster) post(ctx context.Context, body io.Reader) (status int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, body)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	const most = 64 << 10 // Dudley's longest answer is far shorter
	answer, err = io.ReadAll(io.LimitReader(resp.Body, most))
	return resp.StatusCode, answer, err
}

func judge(status int, body []byte) error {
	var answer struct {
		Success bool
		Error   string
		Index   *int
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case err == nil && status == http.StatusOK && answer.Success:
		return nil
	case err == nil && status/100 == 4 && answer.Error != "":
		refused := &Error{Status: status, Message: answer.Error, Index: -1}
		if answer.Index != nil {
			refused.Index = *answer.Index
		}
		return refused
	}
	return &Error{Status: status, Index: -1, Err: ErrNotDudley,
		Message: fmt.Sprintf("the answer is HTTP %d with %.80q", status, body)}
}
