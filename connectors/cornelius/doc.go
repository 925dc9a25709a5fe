// Package cornelius speaks to Roots for a back-end written in Go.
//
// It says that something changed, with Update, and who may hear about it, with
// Connect:
//
//	roots, err := cornelius.New("http://localhost:8004/", cornelius.Options{})
//	…
//	err = roots.Update(ctx, "my/data", "hello")
//
// [New] speaks to a Dudley over HTTP, [Local] to the pieces in the same
// process. The verbs are the same, and so is what they refuse.
//
// # The rules
//
//  1. What is not valid is refused before anything is sent, and nothing is ever
//     sent in part: Updates and Connect are one batch, whatever their length.
//     A batch that is too long is an error and is not split.
//  2. Nothing is sent twice. When no answer came, it is not known whether the
//     batch was taken; to send it again is for the caller to decide.
//  3. Updates arrive in the order of the calls, if each waits for the one before.
//  4. A nil error means that the batch was taken. It does not mean that anybody
//     hears those paths, nor that an id is of someone still there.
//  5. Each verb waits for the answer, for 5 seconds at most unless [Options] say
//     otherwise, and gives up when its context ends. All verbs may be called
//     from many goroutines at once.
//
// # Errors
//
// Each is an [*Error], and says who refused what:
//
//	Status 400, 413        not valid: an update, a connection, the batch
//	other Status of 4xx    refused by Dudley, for the token (401) or otherwise
//	[ErrNotDudley]         something else answered, perhaps a proxy
//	Status 0               no answer came, for the reason that it wraps:
//	                       context.DeadlineExceeded after the time-out
//
// # The connect view
//
// A browser posts its id and the paths that it wants to a view of the
// application, which knows by the session who is asking and calls Connect for
// what that user may hear. Protect that view against posts from other sites,
// with http.CrossOriginProtection or a token in the form. A page that makes a
// victim's browser post the attacker's id would have the view, which sees the
// victim's session, connect the attacker to the victim's data.
//
// # What it refuses to do
//
// It keeps nothing, retries nothing and does not follow redirects.
package cornelius
