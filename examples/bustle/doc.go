// Package bustle tells what goes on in a town: a Unix host that people share. Who
// logs in where it is quiet cannot see that others are there. So a daemon watches
// the homes, listens to what people shout, and writes a feed that all may read:
//
//	you hear faint noise in the chat room
//	~endorphant is moving around in their home directory
//	someone shouts, 'HI WORLD'
//
// It is built of the pieces. What was seen or said is an update whose path says
// where; the last of it is the log.
//
//	home/USER  public_html/USER  place/NAME   ambience
//	spool/USER                                shouts
//	bustle                                    a line of the log, once it is there
//
// # Guarantees
//
//   - A shout in a spool is told exactly once, and those of one spool in their order,
//     also if the daemon is killed at any moment. See [Town] on how, and on what
//     the owner of a spool can do to spoil it.
//   - Shouts are never dropped. Who shouts more than their share waits, in their own
//     file.
//   - Ambience is vague, and some of it is dropped: alike things are told once in a
//     window of time, and there are rates for one person and for all. The feed
//     never names a file.
//   - Somebody speaks for themselves alone: the owner of a spool must be the owner of
//     the home. Links, pipes and devices are not opened.
//   - What is said can't rule a terminal: control characters are escaped, and so is
//     what turns the direction of text around.
//   - The audit log has everything, before it is told: who, which file, when. For
//     shouts it may repeat itself after a kill, with the same file and place in it.
//   - Memory is bounded, by [MaxHomes] and the limits of package hush.
//
// Watching the files with fsnotify makes it fast, and nothing but that depends on it:
// each spool is also looked at again and again, and folders that can't be watched are.
//
// What is written to a spool may still be lost before it is read if its owner removes
// it or makes it shorter.
package bustle
