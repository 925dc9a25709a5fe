package pomona_test

import (
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rootspush/roots/connectors/pomona"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// TestTransportsAndFaults: whatever becomes of any transport, every message
// comes once and in order, by the best transport that can bring it.
func TestTransportsAndFaults(t *testing.T) {
	for _, socket := range allFaults {
		for _, events := range allFaults {
			for _, poll := range allFaults {
				name := fmt.Sprintf("WebSocket %s, SSE %s, every other poll %s", socket, events, poll)
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { testFaults(t, socket, events, poll) })
				})
			}
		}
	}
}

func testFaults(t *testing.T, socket, events, poll fault) {
	polls := 0
	m := newModel(t, func(kind pomona.Transport) fault {
		switch {
		case kind == pomona.WebSocket:
			return socket
		case kind == pomona.SSE:
			return events
		}
		if polls++; polls%2 == 0 {
			return works
		}
		return poll
	})
	lost := false
	c, end := m.client(pomona.Options{Lost: func() { lost = true }})
	defer end()
	r := new(thestraltest.Recorder)
	c.On("a", r)
	want := []string{""}
	for i := range 60 {
		want = append(want, strconv.Itoa(i))
	}
	for len(r.Messages("a")) == 0 {
		time.Sleep(time.Second)
	}
	for _, message := range want[1:] {
		m.publish("a", message)
		time.Sleep(50 * time.Millisecond)
	}
	for i := 0; i < 3600 && len(r.Messages("a")) < len(want); i++ {
		time.Sleep(time.Second)
	}
	if diff := cmp.Diff(want, r.Messages("a")); diff != "" || lost {
		t.Errorf("messages (-want +got):\n%s\nthe session was lost: %t", diff, lost)
	}
	asked := m.requests()
	bestOfAll := best(socket, events)
	for rank[asked[len(asked)-1]] < rank[bestOfAll] {
		asked = asked[:len(asked)-1] // a trial of what is better but does not work
	}
	if got := asked[len(asked)-1]; got != bestOfAll {
		t.Errorf("the transports were %v, want %s at last", asked, bestOfAll)
	}
}

var rank = map[pomona.Transport]int{pomona.WebSocket: 1, pomona.SSE: 2, pomona.Poll: 3}

func best(socket, events fault) pomona.Transport {
	switch {
	case socket == works || socket == stalls:
		return pomona.WebSocket
	case events == works || events == stalls:
		return pomona.SSE
	}
	return pomona.Poll
}
