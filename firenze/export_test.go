package firenze

import "runtime/debug"

// What the tests from outside need to know.
const (
	Tick         = tick
	WriteTimeout = writeTimeout
	BodyTimeout  = bodyTimeout
)

var Full = full

// Race says that the race detector runs, which is slow and counts goroutines.
func Race() bool {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-race" && s.Value == "true" {
			return true
		}
	}
	return false
}
