// Conformance checks a connector, in whatever language it is written, against
// the rules that all connectors keep.
//
//	go run ./connectors/conformance -cmd './mine'
//
// It plays Dudley, the real one and one that misbehaves, and speaks by lines of
// JSON with the command, the harness, which hands each line on to the connector
// (README.md tells how to write one). Each rule runs in a process of its own.
//
// # The rules
//
//	request-line   a call is one "POST PATH HTTP/1.1", with the path of the base URL
//	host           Host is the host and port of the base URL
//	length         Content-Length tells the bytes of the body; no Transfer-Encoding, no Expect
//	accept         Accept asks for JSON: without it the answer has the form of 2009
//	content-type   Content-Type is application/json
//	token          the token goes as "Authorization: Bearer TOKEN", and without one nothing
//	update         the body is [{"path":…,"message":…}], compact, the path first
//	updates        many are one body, in their order
//	connect        each path is an update of "::connect" with "id->path"; all are one body
//	disconnect     the same with "::disconnect"
//	text           any text arrives as it is, also what looks like JSON
//	paths          any path arrives as it is, not cleaned and not unescaped
//	values         what is no text arrives as its compact JSON text, where the language has such
//	empty          no updates, or no paths, are no error, and nothing is sent
//	batch-limit    1,000 updates are taken, one more is refused with 400
//	body-limit     1 MiB of JSON is taken, one byte more is refused with 413, unsent
//
//	bad-update     what is no update is refused with 400 and its index, and none of the batch arrives
//	bad-id         an id that is empty or has "->" in it is refused with 400, unsent
//	bad-path       a path that nobody can hear is refused with 400 and its index, unsent
//	bad-token      a token that would break the header is refused, unsent
//	bad-url        what is no base URL is refused when the connector is made
//
//	refusal        4xx with {"error":…,"index":…}: the error has this status, index and text
//	wrong-body     200 with any body but {"success":true} is an error with that status
//	other-success  a status of 2xx but 200 is no success
//	redirect       a redirect is not followed
//	client-error   4xx that is not of Dudley is an error with that status and no index
//	server-error   5xx is an error with that status, whatever its body says; nothing is sent again
//
//	cut            a connection cut before the answer: no status, and nothing is sent again
//	cut-answer     a connection cut within the answer: no status
//	garbage        an answer that is no HTTP: no status
//	nobody         nobody listens: no status
//	timeout        no answer in time: no status, and the cause is told as "timeout"
//	slow           the time-out is of the whole call: neither head nor body comes by drops for longer
//	endless        an answer without an end is not read for ever
//
//	keep-alive     calls that follow each other use one connection
//	kept-closed    a kept connection that was closed meanwhile costs no call
//	close-header   after "Connection: close" a connection is not used again
//	late           an answer that comes too late is not taken for that of the next call
//	chunked        an answer in chunks is read
//	until-close    an answer that ends with the connection is read
//	pieces         an answer in pieces is read
//	interim        answers of 1xx before the answer are skipped
//
//	unix           "unix:/path" is a base URL: the socket there, with "Host: localhost"
//	https          https works where the certificate is trusted
//	untrusted      a certificate that is not trusted: no status, nothing is sent
//	proxy          the proxies that the environment names are not asked
//
// Conformance does not look at threads, processes and types, which each language
// has its own way with: those are for the connector's own tests.
package main
