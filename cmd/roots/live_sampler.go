package main

import (
	"sync"

	"github.com/rootspush/roots/thestral"
)

// A sampler keeps the first few updates of each window and counts the others, so
// that it costs next to nothing however many there are.
type sampler struct {
	mu   sync.Mutex // guards kept
	kept sample
}

var _ thestral.Prompt = (*sampler)(nil)

// A sample is what passed in a window.
type sample struct {
	Updates []passing `json:"updates"`
	Passed  int       `json:"passed"` // those in Updates among them
}

// A passing is an update as it is shown.
type passing struct {
	Path    string `json:"path"`
	Message string `json:"message"` // the beginning
	Bytes   int    `json:"bytes"`   // of the whole message
}

// mostShown is how many bytes of a message are shown.
const mostShown = 200

// Update keeps the update, or counts it.
func (s *sampler) Update(_ thestral.Thestral, path, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept.Passed++
	if len(s.kept.Updates) < sampleSize {
		s.kept.Updates = append(s.kept.Updates, passing{path, beginning(message), len(message)})
	}
}

// Next returns nil: a page is where updates leave the process.
func (s *sampler) Next() []thestral.Thestral { return nil }

// String is what the picture calls it.
func (s *sampler) String() string { return "live page" }

// take ends a window.
func (s *sampler) take() sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.kept
	s.kept = sample{}
	return kept
}

// beginning cuts a message off before the letter that would be too much.
func beginning(message string) string {
	if len(message) <= mostShown {
		return message
	}
	end := mostShown
	for end > 0 && message[end]&0xC0 == 0x80 { // in the middle of a letter
		end--
	}
	return message[:end]
}
