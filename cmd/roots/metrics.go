package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rootspush/roots/connectors/nats"
	"github.com/rootspush/roots/firenze"
)

// metrics serves the numbers of the pieces, the Go runtime and the process in
// Prometheus' form. They are taken from the pieces when they are asked for. None
// is about a single id or path: there may be as many of those as clients want.
func (s *server) metrics() http.Handler {
	all := prometheus.NewRegistry()
	all.MustRegister(s, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{})
}

// newMetric makes the description of a metric, whose labels have these names.
func newMetric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("roots_"+name, help, labels, nil)
}

// The metrics. README and dashboard name them too.
var (
	metricSessions        = newMetric("sessions", "Sessions that go on, by the transport that reads them now; none is between two requests.", "transport")
	metricSessionsEnded   = newMetric("sessions_ended_total", "Sessions that are over, by why: the client left, stayed_away too long, or overflowed, as it took too little; updates of other nodes were lost, so it was dismissed; or it goes on elsewhere, as it moved.", "reason")
	metricSessionsTakenUp = newMetric("sessions_taken_up_total", "Sessions that came from other nodes, or from an earlier process.")
	metricConnections     = newMetric("connections", "Connections of ids to paths and patterns.")
	metricConnectedIDs    = newMetric("connected_ids", "Ids that hear something.")
	metricHeardPaths      = newMetric("heard_paths", "Paths that somebody hears.")

	metricUpdatesReceived = newMetric("updates_received_total", "Updates that were taken, by who took them.", "piece")
	metricBytesReceived   = newMetric("received_bytes_total", "Bytes of the bodies, frames and lines with updates, by who read them.", "piece")
	metricMessagesSent    = newMetric("messages_sent_total", "Messages in answers to clients, counted again when they are sent again.")
	metricBytesSent       = newMetric("sent_bytes_total", "Bytes of these messages in their JSON form.")

	metricRefused       = newMetric("refused_total", "Requests, connections and updates that were not allowed, by who refused them.", "piece")
	metricMalformed     = newMetric("malformed_total", "Requests, lines and control updates that could not be understood or obeyed, by who got them.", "piece")
	metricLinesLost     = newMetric("log_lines_lost_total", "Lines of the log that were dropped, because nobody read them.")
	metricRecordingLost = newMetric("recording_lost_total", "Updates that are missing in the recording, because the disk was slow or full.")

	metricQueuedMessages = newMetric("queued_messages", "Messages that wait to be written or confirmed, in all sessions together.")
	metricQueuedBytes    = newMetric("queued_bytes", "Bytes of these messages in their JSON form.")
	metricLongestQueue   = newMetric("longest_queue_messages", "How many messages wait in the session that has most.")

	metricNATSLinked        = newMetric("nats_linked", "1 if there is a connection to NATS, 0 if this node is cut off from the others.")
	metricNATSNodes         = newMetric("nats_nodes", "Other nodes that are there.")
	metricNATSSubscriptions = newMetric("nats_subscriptions", "Paths, patterns and ids that this node has subscribed to.")
	metricNATSKept          = newMetric("nats_kept_updates", "Updates that are kept to be sent again.")
	metricNATSKeptBytes     = newMetric("nats_kept_bytes", "Bytes of these updates.")
	metricNATSLinks         = newMetric("nats_connections_total", "Connections to NATS that there have been.")
	metricNATSSent          = newMetric("nats_updates_sent_total", "Updates that were given to NATS, counted again when they are sent again.")
	metricNATSResent        = newMetric("nats_updates_resent_total", "Updates that were sent again.")
	metricNATSReceived      = newMetric("nats_updates_received_total", "Updates that came from other nodes.")
	metricNATSDropped       = newMetric("nats_updates_dropped_total", "Updates that came and were not taken, as they had come before or were to come again.")
	metricNATSReleased      = newMetric("nats_sessions_released_total", "Sessions that moved to other nodes.")
	metricNATSTaken         = newMetric("nats_sessions_taken_total", "Sessions that came from other nodes.")
	metricNATSInterruptions = newMetric("nats_interruptions_total", "Times that another node was asked to send something again.")
	metricNATSOverflows     = newMetric("nats_overflows_total", "Times that updates of other nodes came faster than they could be handed on.")
	metricNATSGaps          = newMetric("nats_gaps_total", "Times that updates of another node were lost for good, so that all sessions began anew.")

	metricHold     = newMetric("poll_hold_seconds", "How long polls waited until they were answered.")
	metricDelivery = newMetric("delivery_seconds", "How long the oldest message of an answer took from being published until it was written.")
)

// Describe is a part of [prometheus.Collector].
func (s *server) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, to) }

// Collect asks the pieces. It is a part of [prometheus.Collector].
func (s *server) Collect(to chan<- prometheus.Metric) {
	c := collection{to}
	d, p, i := s.dolores.Stats(), s.pig.Stats(), s.imperio.Stats()
	c.gauge(metricConnections, p.Connections)
	c.gauge(metricConnectedIDs, p.IDs)
	c.gauge(metricHeardPaths, p.Paths)
	c.counter(metricUpdatesReceived, i.Updates, "imperio")
	c.counter(metricBytesReceived, i.Bytes, "imperio")
	c.counter(metricRefused, d.Refused, "dolores")
	c.counter(metricRefused, i.Refused, "imperio")
	c.counter(metricMalformed, i.Malformed, "imperio")
	c.counter(metricMalformed, p.Refused, "pig")
	c.counter(metricLinesLost, s.log.lost())
	if s.recording != nil {
		c.counter(metricRecordingLost, s.recording.lost())
	}
	if s.node != nil {
		c.node(s.node.Stats())
	}
	if s.filch != nil {
		c.counter(metricRefused, s.filch.Dropped(), "filch")
	}
	if s.dudley != nil {
		d := s.dudley.Stats()
		c.counter(metricUpdatesReceived, d.Updates, "dudley")
		c.counter(metricBytesReceived, d.Bytes, "dudley")
		c.counter(metricRefused, d.Refused, "dudley")
		c.counter(metricMalformed, d.Malformed, "dudley")
	}
	if s.firenze != nil {
		c.sessions(s.firenze)
		c.traffic(s.firenze.Traffic())
	}
}

// A collection is where metrics go.
type collection struct{ to chan<- prometheus.Metric }

func (c collection) sessions(f *firenze.Firenze) {
	ended, now := f.Stats(), f.Census()
	c.counter(metricSessionsEnded, ended.Left, "left")
	c.counter(metricSessionsEnded, ended.StayedAway, "stayed_away")
	c.counter(metricSessionsEnded, ended.Overflowed, "overflowed")
	c.counter(metricSessionsEnded, ended.Dismissed, "dismissed")
	c.counter(metricSessionsEnded, ended.Released, "moved")
	c.counter(metricSessionsTakenUp, ended.TakenUp)
	for transport, n := range now.Transports {
		c.gauge(metricSessions, n, firenze.Transport(transport).String())
	}
	c.gauge(metricQueuedMessages, now.Messages)
	c.gauge(metricQueuedBytes, now.Bytes)
	c.gauge(metricLongestQueue, now.Longest)
}

func (c collection) node(n nats.Stats) {
	linked := 0
	if n.Linked {
		linked = 1
	}
	c.gauge(metricNATSLinked, linked)
	c.gauge(metricNATSNodes, n.Nodes)
	c.gauge(metricNATSSubscriptions, n.Listening)
	c.gauge(metricNATSKept, n.Kept)
	c.gauge(metricNATSKeptBytes, n.KeptBytes)
	c.counter(metricNATSLinks, n.Links)
	c.counter(metricNATSSent, n.Sent)
	c.counter(metricNATSResent, n.Resent)
	c.counter(metricNATSReceived, n.Received)
	c.counter(metricNATSDropped, n.Dropped)
	c.counter(metricNATSReleased, n.Released)
	c.counter(metricNATSTaken, n.Taken)
	c.counter(metricNATSInterruptions, n.Interruptions)
	c.counter(metricNATSOverflows, n.Overflows)
	c.counter(metricNATSGaps, n.Gaps)
	c.counter(metricRefused, n.Refused, "nats")
	c.counter(metricMalformed, n.Unknown, "nats")
}

func (c collection) traffic(t firenze.Traffic) {
	c.counter(metricMessagesSent, t.Sent)
	c.counter(metricBytesSent, t.SentBytes)
	c.counter(metricUpdatesReceived, t.Received, "firenze")
	c.counter(metricBytesReceived, t.ReceivedBytes, "firenze")
	c.counter(metricRefused, t.Refused, "firenze")
	c.counter(metricMalformed, t.Malformed, "firenze")
	c.histogram(metricHold, t.Hold)
	c.histogram(metricDelivery, t.Delivery)
}

func (c collection) gauge(d *prometheus.Desc, n int, labels ...string) {
	c.to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
}

func (c collection) counter(d *prometheus.Desc, n uint64, labels ...string) {
	c.to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func (c collection) histogram(d *prometheus.Desc, h firenze.Histogram) {
	upTo := map[float64]uint64{}
	for _, b := range h.Buckets {
		upTo[b.UpTo.Seconds()] = b.Count
	}
	c.to <- prometheus.MustNewConstHistogram(d, h.Count, h.Sum, upTo)
}
