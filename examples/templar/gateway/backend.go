package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"time"
)

// An API is the backend of the original: it is asked over HTTP, with what the client
// sent. Its methods may be called from many goroutines at once.
type API struct {
	// Client makes the requests. It may be changed before the API is used, as for
	// another time-out, or for certificates.
	Client http.Client

	base    *url.URL
	headers map[string]Source
}

const (
	apiTime  = 30 * time.Second // is what a request may take
	apiConns = 64               // requests are under way at once; more wait
	maxBody  = 1 << 20          // bytes are read of an answer
)

// NewAPI returns an API at base, such as "http://localhost:8080/api/". If socket is not
// empty, requests go to the Unix socket with this path. headers are put over those of
// [StockHeaders]. It returns an error if base is no such URL.
func NewAPI(base, socket string, headers map[string]Source) (*API, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is no address of an API, say \"http://localhost:8080/api/\"", base)
	}
	transport := &http.Transport{
		MaxConnsPerHost:     apiConns,
		MaxIdleConnsPerHost: apiConns,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
	if socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
	}
	api := &API{base: u, headers: StockHeaders(), Client: http.Client{
		Transport: transport,
		Timeout:   apiTime,
		// Elsewhere is not the API: a page to log in is no answer, and the headers
		// are for nobody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for name, source := range headers {
		api.headers[http.CanonicalHeaderKey(name)] = source
	}
	return api, nil
}

// Authenticate asks for bootstrap/ below the base. Whoever is answered 200 and a JSON
// object may come in, to the rooms in its "allowed_rooms", or none. All else is an error.
func (a *API) Authenticate(r *http.Request) (Access, error) {
	header := proxied(a.headers, r)
	status, body, err := a.ask(r.Context(), http.MethodGet, "bootstrap/", header)
	if err != nil {
		return Access{}, err
	}
	if status != http.StatusOK {
		return Access{}, fmt.Errorf("the API answers %d", status)
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return Access{}, fmt.Errorf("the API answers %.80q, which is no JSON object", body)
	}
	access := Access{Header: header}
	if raw, ok := fields["allowed_rooms"]; ok {
		err = json.Unmarshal(raw, &access.Allowed)
		if err == nil && access.Allowed == nil {
			err = errors.New("it is null")
		}
	}
	if err != nil {
		return Access{}, fmt.Errorf("the allowed_rooms of the API are no list: %w", err)
	}
	return access, nil
}

// Post returns a hook that posts to path below the base, with what the API is sent of
// the client's request. Any answer of 2xx is good.
func (a *API) Post(path string) Hook {
	return func(ctx context.Context, v Visitor) error {
		status, _, err := a.ask(ctx, http.MethodPost, path, v.Header)
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("the API answers %d to a post to %s", status, path)
		}
		return err
	}
}

// ask returns the status and the body of an answer.
func (a *API) ask(ctx context.Context, method, path string, header http.Header) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, a.base.JoinPath(path).String(), nil)
	if err != nil {
		return 0, nil, err
	}
	maps.Copy(r.Header, header)
	if header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "") // or Go would put its own
	}
	answer, err := a.Client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = fmt.Errorf("the answer of the API is over %d bytes long", maxBody)
	}
	return answer.StatusCode, body, err
}
