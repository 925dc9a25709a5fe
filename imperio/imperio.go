// Package imperio carries updates as lines of text: into a log, over a plain
// TCP connection, and into a recording that can be played again.
//
// It exists so that a person can see what goes on with nothing but eyes, and
// send an update with nothing but telnet. One update is one line, a frame:
//
//	path; message
//
// # The guarantees
//
//  1. Any two strings come back from [ParseFrame] as they went into
//     [AppendFrame], byte for byte.
//  2. A frame holds one line feed, its last byte, so no text can forge another
//     frame; it is UTF-8; and it has no control character but the tab, so no
//     text can rule the terminal that shows it.
//  3. What arrives and can't be taken is logged, never dropped silently.
//  4. No input makes a reader keep more than one line of [MaxLine] bytes.
//
// # What stands for what
//
//	written      read as                      written for
//	\\           a backslash                  a backslash
//	\n  \r       line feed, carriage return   the same
//	\;           a semicolon                  a semicolon in a path
//	\xNN         the byte with that number    other control characters, not UTF-8
//	\ and more   an error                     nothing
//
// A frame is split at the first semicolon that no backslash escapes, and one
// blank after it is dropped. A line without a semicolon is a path with an empty
// message. In 2009 there were no escapes: a line without a backslash reads as
// it did then, but its message no longer ends at a second semicolon, and no
// longer begins with the blank that the writer puts there.
//
// # The doors
//
//	NewLog       a Thestral that writes frames
//	NewEvents    a Thestral that makes zerolog events
//	NewRecorder  a Thestral that writes frames with the time in front
//	Replay       sends a recording to a Thestral, at any speed
//	Server       takes frames over TCP and never answers, or the form of 2009
//	             over HTTP: GET /path;message
//
// Whoever reaches a Server rules the server, control paths and all, so
// both belong on loopback. The three that write may wait, as a file or a pipe
// does: pieces put a [thestral.Queue] before them.
package imperio
