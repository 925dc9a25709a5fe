package firenze

// What the tests from outside need to know.
const (
	Tick         = tick
	WriteTimeout = writeTimeout
	BodyTimeout  = bodyTimeout
)
