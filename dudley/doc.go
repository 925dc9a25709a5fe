// Package dudley takes updates from back-ends over HTTP.
//
// A back-end in any language says that something changed by posting it. There
// is nothing to install for that, curl is enough:
//
//	curl -d 'hello' http://localhost:8004/my/data
//	curl -d '[{"path":"my/data","message":"hello"}]' http://localhost:8004/
//
// # The rules
//
//  1. A batch is taken whole or not at all: everything is read and checked
//     before the receiver is told anything.
//  2. The updates of a batch arrive in the order in which they were written.
//     Those of two requests at the same time may be mixed.
//  3. An answer of success says that the batch was valid and was handed on. It
//     says nothing of what receivers made of it: a panic in one is logged and
//     costs that one update there, and the rest of the batch goes on.
//  4. Whoever reaches Dudley rules the server, so a browser may not, neither
//     from another origin nor by a host name that someone else controls.
//  5. Nobody cleans a path or sends a request elsewhere. The path is what
//     follows the first "/", with its %XX decoded once.
//
// Less formally: all or nothing, in order, and not for browsers.
//
// # Requests and answers
//
//	POST / with a JSON array      200, each item is {"path":…,"message":…};
//	                              a message that is no string is passed on as
//	                              its compact JSON text, other keys are ignored
//	POST /some/path, any text     200, the body is the message of "some/path"
//	body broken or invalid        400, with the index of the item at fault
//	address with a query          400, in a path "?" is written %3F
//	token missing or wrong        401
//	control path, RefuseControl   403
//	sent by a page elsewhere      403
//	any method but POST           405
//	length of the body unknown    411
//	body over 1 MiB               413
//	unknown Host                  421, which stops DNS rebinding
//
// Success is {"success":true}, an error {"error":"…","index":n}. A request
// without an Accept header comes from a client of 2009, which compares the
// answer with the text {success:true} and gets exactly that, or {error:true}.
// The Content-Type of a request is never looked at, as those clients lie in it.
// Of two equal keys in an item the last counts. Half of a surrogate pair,
// written \ud800 in a string, becomes U+FFFD, as JSON decoders do.
//
// # What it costs
//
// One update takes 1.2 times the CPU time of a handler that does nothing, a
// batch of 100 some 3 times. With [Options.RepeatsSkipMiddleware], by which Dudley
// reads all but the first post of a connection itself, an update takes 0.2 to 0.6
// times (BenchmarkServer). Items that are a path, then a message, both strings, are
// read some six times faster than others.
//
// # What it refuses to do
//
// It keeps nothing, tells nothing and knows no users. Give it to the server
// itself or through http.StripPrefix: http.ServeMux sends requests for paths
// with "//" or ".." elsewhere. A slow client is for the server's ReadTimeout.
package dudley
