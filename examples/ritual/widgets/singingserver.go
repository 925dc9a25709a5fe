package widgets

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A singingServer is the address of the API of a server that mixes the sound of
// those who sing. A path is on this machine: the one that browsers reach at the
// same path of the ritual's own address. It is "" where there is none.
type singingServer string

const (
	singingPort     = "http://localhost:8001" // of a server of which only the path is said
	singingPatience = 10 * time.Second        // for all that it is told at once
	eventsPerPost   = 10                      // its addresses are not to become too long
)

// singingClient asks nobody but the server that the operator named.
var singingClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// sing gives the work of ending the song before and beginning this one. What the
// server is to tell singers on the way, as which lyric it is time for, is told to
// it as events, each at a time of the server's own clock.
func (s singingServer) sing(song songTerms) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, singingPatience)
		defer cancel()
		if _, err := s.post(ctx, url.Values{"mark_stop_singing": {"1"}}); err != nil {
			return err
		}
		start := url.Values{"mark_start_singing": {"1"}}
		if song.Backing != "" {
			start.Set("track", song.Backing)
		}
		metadata, err := s.post(ctx, start)
		if err != nil || len(song.LyricTimings) == 0 {
			return err
		}
		return s.announce(ctx, song, metadata)
	}
}

// announce posts the events of a song that began at the time in the metadata.
func (s singingServer) announce(ctx context.Context, song songTerms, metadata string) error {
	var clock singingClock
	if err := json.Unmarshal([]byte(metadata), &clock); err != nil {
		return fmt.Errorf("its x-audio-metadata %.100q is no JSON object: %w", metadata, err)
	}
	for events := range slices.Chunk(song.events(clock), eventsPerPost) {
		text, err := json.Marshal(events)
		if err != nil {
			return err
		}
		if _, err := s.post(ctx, url.Values{"event_data": {string(text)}}); err != nil {
			return err
		}
	}
	return nil
}

// post posts a query, and returns the metadata that it answers with.
func (s singingServer) post(ctx context.Context, query url.Values) (metadata string, err error) {
	address := string(s)
	if strings.HasPrefix(address, "/") {
		address = singingPort + address
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	response, err := singingClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) // sound; read so that the connection can be used again
	if response.StatusCode/100 != 2 {
		return "", fmt.Errorf("it answers %s", response.Status)
	}
	return response.Header.Get("X-Audio-Metadata"), nil
}

// A singingClock says what the server's clock showed when the song began.
type singingClock struct {
	Samples float64 `json:"server_clock"`
	Rate    float64 `json:"server_sample_rate"` // samples a second
}

// A singingEvent is what singers are told when they hear what was sung at that
// time.
type singingEvent struct {
	ID    any   `json:"evid"`
	Clock int64 `json:"clock"`
}

// events are the lyrics by their numbers, a count-in of four seconds before the
// first as -4 to -1, and when to mute and unmute the singers.
func (s *songTerms) events(clock singingClock) (events []singingEvent) {
	add := func(id any, seconds float64) {
		events = append(events, singingEvent{id, int64(math.Round(clock.Samples + seconds*clock.Rate))})
	}
	for i := -4; i < 0; i++ {
		add(i, s.LyricTimings[0]+float64(i))
	}
	for i, seconds := range s.LyricTimings {
		add(i, seconds)
	}
	for i, seconds := range s.MuteTimings {
		add(fmt.Sprint("mute", i), seconds)
	}
	for i, seconds := range s.UnmuteTimings {
		add(fmt.Sprint("unmute", i), seconds)
	}
	return events
}
