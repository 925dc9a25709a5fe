// Load measures what a push server costs, so that figures in this repository
// can be checked by whoever reads them. It runs on Linux.
//
//	go run ./internal/load            # everything, for about half an hour
//	go run ./internal/load -quick     # a look whether it works
//
// Each figure comes from a server process of its own, freshly started, on the
// loopback of this machine, which it shares with the driver:
//
//	roots    cmd/roots, built from this tree, without its log
//	nethttp  a yardstick: a small server on net/http, a goroutine for each request
//	epoll    a yardstick: it writes ready-made answers, by a call for each
//	         client, and does nothing else. It has no sessions and no queues, and
//	         answers a poll for each message, be it asked or not
//	nchan    Debian's nginx with the nchan module, two workers, stock buffers
//
// The driver is one thread with an epoll of its own. It starts no goroutine for
// a connection and uses no net/http. What is answered to posts it reads first, as
// a back-end would not wait behind ten thousand clients. Messages of 100 bytes are
// posted over HTTP that is kept alive. Every one carries a number and the time of
// its posting, and every client checks that it gets each once and in order: what
// is missing is counted as lost, what came before or late as doubled, the warm-up
// included.
//
// # What is measured
//
//	memory     growth of the server's RSS and PSS for each client, from before
//	           the first client to when all have been idle for some seconds. A
//	           client has a session and hears one path of its own. RSS counts
//	           what nginx's workers share once for each of them, PSS once. What
//	           the kernel keeps for sockets is in neither.
//	fanout     all clients hear one path; the next message is posted when all
//	           have the one before and, with polling, have sent their next poll
//	fanout16   the same with up to 16 messages posted that not all have
//	unicast    each client hears its own path; messages are posted one by one
//	           over 4 connections, 32 at a time
//	batch      the same, 100 in a post and 400 at a time; only roots takes these
//	latency    messages to one client after the other, each at its time, 1,000 a
//	           second, over 16 connections, whether or not those before have arrived
//
// Server CPU is user and system time of all its processes in /proc/PID/stat, so
// taking the messages in, and reading the next polls, is a part of it. What the
// driver's own thread does in the kernel is not, and there a part of the work of
// TCP is done for whoever comes first. Deliveries/CPU-s is how many deliveries a
// second of server CPU was good for. Latency is from the posting, or when it was
// due, until the client has read the message: with fan-out that includes the time
// in which the one driver reads all the others. A WebSocket client confirms
// nothing, as with Server-Sent Events.
//
// All is done in rounds, each server having its turn before the next round, and
// a figure is the median of the rounds. The spread is that of the main figure,
// highest to lowest, in percent of the median; a large one says that the machine
// had other things to do. x nchan and x epoll are ratios of the main figures:
// PSS for memory, deliveries for fan-out and unicast, p99 for latency. So less
// is better for memory and latency, more for the others.
package main
