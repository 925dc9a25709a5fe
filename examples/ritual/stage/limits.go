package stage

import "time"

// What a client or a script may ask for, so that memory is bounded.
const (
	maxRituals  = 64
	maxName     = 100  // bytes, of a ritual or a person
	maxEmail    = 254  // bytes, by RFC 5321
	maxVisitors = 4000 // of a ritual
	maxLogins   = 5000
	maxPerPage  = 20 // logins of one browser
	maxChat     = 4000
	maxMail     = 50        // messages that wait for a client, or that a newcomer is told
	maxPosts    = 1000      // posts that are known again
	maxBody     = 8 << 20   // of a request
	maxBodies   = 256 << 20 // of all requests at a time

	maxPages        = 1000
	maxPageFile     = 4 << 20  // an SVG or JSON file
	maxScript       = 64 << 20 // all of them
	maxPictures     = 2000
	maxPixels       = 16 << 20 // of a picture before it is made smaller
	pictureSide     = 640
	faceSide        = 320
	maxPictureBytes = 512 << 20 // of all rituals
	portraitSize    = 100       // pixels, as the browser's preview has it
)

// How long things last.
const (
	hold         = 25 * time.Second // a status, or a chat, at most
	presence     = 30 * time.Second // after its last status a client counts as there
	silence      = 10 * time.Minute // after its last request a client is forgotten
	oblivion     = 24 * time.Hour   // after its last client a ritual is over
	idle         = time.Minute      // a connection between two requests
	tick         = time.Second
	fetchTimeout = 10 * time.Second
)
