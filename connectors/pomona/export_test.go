package pomona

import "io"

const (
	MaxAnswer = maxAnswer
	MaxEvent  = maxEvent
)

// ScanEvents gives the parts of each event to take.
func ScanEvents(from io.Reader, take func(name, id, data string) error) error {
	return scanEvents(from, func(e event) error { return take(e.name, e.id, string(e.data)) })
}
