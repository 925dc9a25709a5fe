package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"time"
)

// errLate is that an answer came when the page had been turned.
var errLate = errors.New("the page has been turned meanwhile")

// retry is how long a participant waits after something failed.
const retry = time.Second

// clientID is what the page of a ritual has in it once, and the login page has not.
var clientID = regexp.MustCompile(`"([\w-]{43})"`)

// A participant is one browser with one person.
type participant struct {
	crowd  *crowd
	number int
	name   string
	web    *http.Client
	id     string // of the client
}

func newParticipant(c *crowd, number int) *participant {
	jar, _ := cookiejar.New(nil) // never fails
	return &participant{crowd: c, number: number, name: nameOf(number), web: &http.Client{Transport: c.web, Jar: jar}}
}

// enter opens the page of the ritual, and does what it asks of those who come.
func (p *participant) enter(ctx context.Context) error {
	page, err := p.get(ctx, "partake", nil)
	if err != nil {
		return err
	}
	if !clientID.Match(page) {
		if page, err = p.logIn(ctx); err != nil {
			return err
		}
	}
	found := clientID.FindSubmatch(page)
	if found == nil {
		return fmt.Errorf("%s has no client id in its page", p.crowd.ritual)
	}
	p.id = string(found[1])
	if err := p.upload(ctx, "clientAvatar/"+p.id, "img", face(p.number), nil); err != nil {
		return fmt.Errorf("the picture: %w", err)
	}
	if err := p.post(ctx, "setName", url.Values{"clientId": {p.id}, "name": {p.name}}); err != nil {
		return fmt.Errorf("the name: %w", err)
	}
	if err := p.post(ctx, "welcomed/"+p.id, url.Values{}); err != nil {
		return fmt.Errorf("to be welcomed: %w", err)
	}
	return nil
}

// logIn posts the form of the login page, and returns the page that comes then.
func (p *participant) logIn(ctx context.Context) (page []byte, err error) {
	fields := url.Values{
		"email": {fmt.Sprintf("participant-%d@example.org", p.number)}, "name": {p.name},
		"photosource": {"file"}, "zoom": {"0"}, "x": {"0"}, "y": {"0"},
	}
	if err := p.upload(ctx, "partake", "photofile", face(p.number), fields); err != nil {
		return nil, fmt.Errorf("the login: %w", err)
	}
	return p.get(ctx, "partake", nil)
}

// watch keeps up with what the ritual shows, and answers it.
func (p *participant) watch(ctx context.Context) {
	last := status{Page: "0", Subpage: "null", Seen: "0"}
	for ctx.Err() == nil {
		now, err := p.status(ctx, last)
		if err != nil {
			p.failed(ctx, err)
			continue
		}
		p.crowd.tally.add(&p.crowd.tally.statuses)
		if now.Page != last.Page {
			p.crowd.tally.arrive(now.Page)
			p.crowd.living.Go(func() { p.answer(ctx, now) })
		}
		last = now
	}
}

// A status is what of one is needed here.
type status struct {
	Page    string
	Widget  string
	Subpage string `json:"-"`
	Seen    json.Number
	Imgs    []struct{} // Histogram
	Ready   bool       // BucketSinging
	Slot    int
}

// status asks for the next one, as who has the last.
func (p *participant) status(ctx context.Context, last status) (now status, err error) {
	query := url.Values{"clientId": {p.id}, "have": {last.Page}, "subhave": {last.Subpage}, "seen": {last.Seen.String()}}
	body, err := p.get(ctx, "status", query)
	if err != nil {
		return last, err
	}
	now.Page, now.Seen = last.Page, last.Seen
	if err := json.Unmarshal(body, &now); err != nil {
		return last, fmt.Errorf("a status %.100q is no JSON: %w", body, err)
	}
	now.Subpage = subpage(now)
	return now, nil
}

// subpage is what the widgets' JavaScript says it has.
func subpage(s status) string {
	switch {
	case s.Widget == "Histogram":
		return fmt.Sprint(len(s.Imgs))
	case s.Widget == "BucketSinging" && s.Ready:
		return fmt.Sprint(s.Slot)
	case s.Widget == "BucketSinging":
		return "-1"
	}
	return "null"
}

// answer does what a page's widget asks for, within the time that a page is shown.
func (p *participant) answer(ctx context.Context, page status) {
	if !sleep(ctx, time.Duration(rand.Int64N(int64(p.crowd.pause)+1))) {
		return
	}
	fields, photo := answerTo(page.Widget, p)
	var err error
	switch {
	case photo != nil:
		err = p.upload(ctx, "widgetData?page="+page.Page, "img", photo, fields)
	case fields != nil:
		err = p.post(ctx, "widgetData?page="+page.Page, fields)
	default:
		return
	}
	switch {
	case errors.Is(err, errLate):
		p.crowd.tally.add(&p.crowd.tally.late)
	case err != nil:
		p.failed(ctx, fmt.Errorf("the answer to %s: %w", page.Widget, err))
	default:
		p.crowd.tally.add(&p.crowd.tally.answers)
	}
}

// listen hears the chat.
func (p *participant) listen(ctx context.Context) {
	for ctx.Err() == nil {
		body, err := p.get(ctx, "chat/receive", url.Values{"clientId": {p.id}})
		if err != nil {
			p.failed(ctx, err)
			continue
		}
		if !bytes.Contains(body, []byte(`"message": null`)) && !bytes.Contains(body, []byte(`"message":null`)) {
			p.crowd.tally.add(&p.crowd.tally.heard)
		}
	}
}

// chatter says something now and then: one of the crowd every few seconds.
func (p *participant) chatter(ctx context.Context) {
	const every = 3 * float64(time.Second)
	for sleep(ctx, time.Duration(rand.ExpFloat64()*every*float64(p.crowd.count))) {
		fields := url.Values{"clientId": {p.id}, "text": {"Good evening from " + p.name + "!"}}
		if err := p.post(ctx, "chat/send", fields); err != nil {
			p.failed(ctx, err)
		}
	}
}

// failed notes an error, if it is not that ctx ended, and waits a while.
func (p *participant) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		p.crowd.tally.fail(err)
		sleep(ctx, retry)
	}
}

func (p *participant) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	return p.ask(ctx, http.MethodGet, path+"?"+query.Encode(), "", nil)
}

func (p *participant) post(ctx context.Context, path string, fields url.Values) error {
	_, err := p.ask(ctx, http.MethodPost, path, "application/x-www-form-urlencoded", []byte(fields.Encode()))
	return err
}

// upload posts a file with fields.
func (p *participant) upload(ctx context.Context, path, field string, file []byte, fields url.Values) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name := range fields {
		_ = form.WriteField(name, fields.Get(name)) // to memory, which never fails
	}
	part, _ := form.CreateFormFile(field, "blob")
	_, _ = part.Write(file)
	_ = form.Close()
	_, err := p.ask(ctx, http.MethodPost, path, form.FormDataContentType(), body.Bytes())
	return err
}

// ask sends a request to the ritual and returns the body of a good answer.
func (p *participant) ask(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, p.crowd.ritual.String()+"/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := p.web.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusConflict:
		return nil, errLate
	case response.StatusCode/100 != 2:
		return nil, fmt.Errorf("%s: %.200s", response.Status, answer)
	}
	return answer, nil
}
