// Package stage serves rituals to browsers: people who look at the same page of
// the same script at the same time, and take part in what is on it.
//
//	Stage      all rituals, the logins, and every route
//	ritual     a group that follows one script: the page, its widget, who is there
//	script     pages, read and checked whole before a ritual begins
//	place      where a widget is, and what it may use of its ritual
//	visitor    one browser page in a ritual
//	waiter     a request that waits for news
//
// It is built on the pieces. Whatever changes in a ritual is an update of the path
// "ritual/NAME", and what is said in its chat one of "chat/NAME", which Dolores
// and Pig carry. A status that waits is a Thestral that hears the first path for as
// long as it waits, parked, without a goroutine. A visitor's mailbox hears the
// second, and Pig remembers what newcomers are to see of it.
//
// # Guarantees
//
//   - A status tells what is, not what happened: who joins late, or asks twice,
//     sees what everybody sees.
//   - A request waits only while its client was told of the last change. So no
//     change is missed between two statuses, whatever the widget is.
//   - A ritual does one thing at a time, in its turn. Nothing in a turn waits, and
//     waiting clients are told when it is over. A widget that panics spoils its
//     own turn.
//   - A ritual is there with a script that was checked, or it is not there at all.
//   - Nothing that a client sends is answered with a 5xx, except where a bound is
//     reached: 503 with Retry-After.
//   - No name leads out of the folder of a script, and no address of a photo to a
//     machine that is not on the public Internet.
//   - Clients that are silent are forgotten. Rituals, clients, logins, chats,
//     pictures, scripts and bodies are bounded: see limits.go.
//
// # What it is not
//
// A login is a claim and not a proof: there is no password, and ids of logins are
// seen by all. Nothing is kept on disk: who comes after the server was started
// again logs in again, and has the same id as before.
package stage
