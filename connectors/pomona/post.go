package pomona

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// ErrRefused in the error of a request says that it is pointless to repeat it.
var ErrRefused = errors.New("the request was refused")

// Post makes an Options.Connect or Options.Disconnect: a POST of the paths, as
// a JSON array, to where, in which "{id}" stands for the id. A status of 4xx is
// [ErrRefused]. Whatever the back-end wants beside that, as cookies or a token,
// is the business of client; nil stands for http.DefaultClient.
func Post(where string, client *http.Client) func(ctx context.Context, id string, paths []string) error {
	if client == nil {
		client = http.DefaultClient
	}
	return func(ctx context.Context, id string, paths []string) error {
		body, err := json.Marshal(paths)
		if err != nil {
			return err
		}
		where := strings.ReplaceAll(where, "{id}", url.PathEscape(id))
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, where, bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		switch status := response.StatusCode; {
		case status >= 500:
			return unwanted(response)
		case status >= 400:
			return fmt.Errorf("%w: status %d", ErrRefused, status)
		}
		return nil
	}
}
