// Package hush makes much noise into little. It has three gates, each a Thestral
// that stands before another and lets only some updates through:
//
//	Collapse   of those that are alike, the first in each window of time
//	Sample     each with the same probability
//	Throttle   as many as a rate allows, of each speaker and in all
//
// They are put before each other, the outermost first:
//
//	calm := hush.Throttle(log, each, all, speaker, nil)
//	calm = hush.Sample(calm, 0.5, 1)
//	calm = hush.Collapse(calm, 30*time.Second, alike, nil)
//
// # Guarantees
//
//   - What passes is unchanged, in order, and passes at once: no gate keeps an
//     update back to tell it later, so there is no timer and nothing to stop.
//   - What does not pass is counted, see [Gate.Dropped].
//   - The clock and the seed are handed in. With the same ones, the same updates
//     given by one goroutine pass.
//   - A gate remembers at most [MaxKeys] keys. Beyond that, updates with a key that
//     is new do not pass until others have been forgotten: a flood of invented
//     names is stopped, and those who are known notice nothing.
//
// A gate is for ambience, of which some may be lost. What must not be lost goes
// around it, or is given a rate by a [Bucket] where it waits, as its reader can
// stop reading.
//
// The package knows nothing of files or of bustle and imports thestral alone. It
// stands here because bustle is the only one who needs it, so far.
package hush
