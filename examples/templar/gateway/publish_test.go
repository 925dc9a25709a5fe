package gateway_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/templar/gateway"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/internal/websocket"
)

// TestPublish: who hears what, of rooms with stars on either side.
func TestPublish(t *testing.T) {
	subscriptions := map[string]string{ // by requestId
		`"star"`: `{"c":"*"}`, `1`: `{"c":1}`, `2`: `{"c":2}`, `"text"`: `{"c":"1"}`,
		`"1x"`: `{"c":1,"d":"x"}`, `"1*"`: `{"c":1,"d":"*"}`, `"*x"`: `{"c":"*","d":"x"}`,
	}
	for rooms, want := range map[string][]string{
		`[{"c":1}]`:                           {`"star"`, `1`},
		`[{"c":1.0}]`:                         {`"star"`, `1`},
		`[{"c":"*"}]`:                         {`"star"`, `1`, `2`, `"text"`},
		`[{"c":"*"},{"c":1},{"c":2}]`:         {`"star"`, `1`, `2`, `"text"`},
		`[{"c":3}]`:                           {`"star"`},
		`[{"d":1}]`:                           nil,
		`[]`:                                  nil,
		`[{}]`:                                nil,
		`[{"c":1,"d":"x"}]`:                   {`"1x"`, `"1*"`, `"*x"`},
		`[{"d":"x","c":2}]`:                   {`"*x"`},
		`[{"c":1,"d":"*"}]`:                   {`"1x"`, `"1*"`, `"*x"`},
		`[{"c":"*","d":"y"}]`:                 {`"1*"`},
		`[{"c":"*","d":"*"},{"c":2},{"c":2}]`: {`"1x"`, `"1*"`, `"*x"`, `"star"`, `2`},
	} {
		t.Run(rooms, func(t *testing.T) {
			onBoth(t, gateway.Options{Backend: letIn(`{"c":"*"}`, `{"c":"*","d":"*"}`)}, func(s *site) {
				p := s.enter()
				for id, room := range subscriptions {
					p.subscribe(room, id)
				}
				s.publish(rooms, `{"n": 1.50}`)
				s.publish(`[{"c":1}]`, `"end"`) // after which all must have come
				var got, wanted []string
				for end := 0; end < 2; {
					said := p.hear()
					if strings.Contains(said, `"end"`) {
						end++
					} else {
						got = append(got, said)
					}
				}
				for _, id := range want {
					wanted = append(wanted, published(`{"n": 1.50}`, id))
				}
				slices.Sort(got)
				slices.Sort(wanted)
				if !slices.Equal(got, wanted) {
					p.t.Errorf("got  %v\nwant %v", got, wanted)
				}
			})
		})
	}
}

// TestDataIsNotTouched, whatever JSON it is.
func TestDataIsNotTouched(t *testing.T) {
	onBoth(t, gateway.Options{Backend: letIn(`{}`)}, func(s *site) {
		p := s.enter()
		p.subscribe(`{}`, `"é\u0041"`)
		for _, data := range []string{`null`, `0`, `1.50`, `12345678901234567890.5`, `""`, `[ 1,2 ]`, "{\"a\"\n:\"\\u0041<>&\u2028\"}", `"` + strings.Repeat("x", 100_000) + `"`} {
			s.publish(`[{}]`, data)
			p.wants(published(data, `"é\u0041"`))
		}
	})
}

// TestNothingAfterUnsubscribing, also of what was queued, and other subscriptions go on.
func TestNothingAfterUnsubscribing(t *testing.T) {
	onTCP(t, gateway.Options{Backend: letIn(`{"a":"*"}`)}, func(s *site) {
		p := s.enter()
		p.subscribe(`{"a":1}`, `1`)
		p.subscribe(`{"a":1}`, `2`)
		p.subscribe(`{"a":2}`, `1`)
		data := `"` + strings.Repeat("x", 20_000) + `"`
		for range 100 { // more than the kernel takes
			s.publish(`[{"a":"*"}]`, data)
		}
		testenv.Eventually(t, "some are sent, and some wait", func() bool { return s.gateway.Status().Sent > 0 })
		p.say(`{"type":"unsubscribe","requestId":1}`)
		testenv.Eventually(t, "nothing waits for it", func() bool { return s.gateway.Status().Rooms == 1 })
		for p.hear() != success { // what was under way comes before that
		}
		s.publish(`[{"a":"*"}]`, `"later"`)
		for said := ""; said != published(`"later"`, `2`); {
			if said = p.hear(); !strings.HasSuffix(said, `"requestId": 2}`) {
				t.Errorf("after the answer came %.50s", said)
			}
		}
		p.does("ping", "pong")
		if got := s.gateway.Status(); got.Queued != 0 || got.Errors != 0 {
			t.Errorf("the status is %v", got)
		}
	})
}

// TestOrder: whoever publishes, all clients hear everything in the same order, and
// what one publisher published in its own.
func TestOrder(t *testing.T) {
	const publishers, each, clients = 4, 200, 5
	onTCP(t, gateway.Options{Backend: letIn(`{"a":"*"}`)}, func(s *site) {
		var peers []*peer
		for range clients {
			p := s.enter()
			p.subscribe(`{"a":"*"}`, `"all"`)
			p.subscribe(`{"a":0}`, `"some"`)
			peers = append(peers, p)
		}
		var publishing sync.WaitGroup
		for n := range publishers {
			publishing.Go(func() {
				for i := range each {
					s.publish(fmt.Sprintf(`[{"a":%d}]`, i%2), fmt.Sprintf(`"%d %d"`, n, i))
				}
			})
		}
		heard := make([][]string, clients)
		for i, p := range peers {
			for range publishers * each * 3 / 2 {
				heard[i] = append(heard[i], p.hear())
			}
		}
		publishing.Wait()
		for i := range heard {
			checkOrder(t, heard[i], publishers, each)
			if all := only(heard[i], `"all"`); !slices.Equal(all, only(heard[0], `"all"`)) {
				t.Errorf("client %d heard another order than client 0", i)
			}
		}
	})
}

// only returns the data that came for one requestId.
func only(frames []string, id string) (data []string) {
	for _, frame := range frames {
		if d, ok := strings.CutSuffix(frame, `, "requestId": `+id+`}`); ok {
			data = append(data, d)
		}
	}
	return data
}

// checkOrder: over both subscriptions, the numbers of a publisher never go back, and
// none is missing.
func checkOrder(t *testing.T, frames []string, publishers, each int) {
	t.Helper()
	newest, count := map[string]int{}, map[string]int{}
	for _, frame := range frames {
		who, rest, _ := strings.Cut(strings.TrimPrefix(frame, `{"type": "publish", "data": "`), " ")
		digits, _, _ := strings.Cut(rest, `"`)
		number, err := strconv.Atoi(digits)
		if err != nil || number < newest[who] {
			t.Fatalf("%s came after %d", frame, newest[who])
		}
		newest[who] = number
		count[who]++
	}
	for who, n := range count {
		if n != each*3/2 {
			t.Errorf("of publisher %s came %d", who, n)
		}
	}
	if len(count) != publishers {
		t.Errorf("%d publishers were heard", len(count))
	}
}

func TestParsePublication(t *testing.T) {
	room := `{"a":1},`
	for _, c := range []struct{ body, wrong string }{
		{`{"rooms":[],"data":1}`, ""},
		{`{"rooms":[{"a":1}],"data":null}`, ""},
		{`{"rooms":[{"a":1}],"data":{},"more":1}`, ""},
		{`{"data":1}`, "rooms not specified"},
		{`{}`, "rooms not specified"},
		{`null`, "rooms not specified"},
		{`{"rooms":null,"data":1}`, "rooms not specified"},
		{`{"rooms":{"a":1},"data":1}`, "rooms not specified"},
		{`{"rooms":"a","data":1}`, "rooms not specified"},
		{`{"Rooms":[],"data":1}`, "rooms not specified"},
		{`{"rooms":[]}`, "data not specified"},
		{`{"rooms":[],"Data":1}`, "data not specified"},
		{`{"rooms":["a"],"data":1}`, "is no room"},
		{`{"rooms":[{"a":1},null],"data":1}`, "is no room"},
		{``, "is no publication"},
		{`[]`, "is no publication"},
		{`{"rooms":[],"data":}`, "is no publication"},
		{"{\"rooms\":[],\"data\":\"\xff\"}", "is no publication"},
		{`{"rooms":[` + strings.Repeat(room, gateway.MaxRooms-1) + `{"a":1}],"data":1}`, ""},
		{`{"rooms":[` + strings.Repeat(room, gateway.MaxRooms) + `{"a":1}],"data":1}`, "there are 1001 rooms, at most 1000"},
		{`{"rooms":[],"data":"` + strings.Repeat("x", gateway.MaxPublication-len(`{"rooms":[],"data":""}`)) + `"}`, ""},
		{`{"rooms":[],"data":"` + strings.Repeat("x", gateway.MaxPublication-len(`{"rooms":[],"data":""}`)+1) + `"}`, "at most 1048576"},
	} {
		_, err := gateway.ParsePublication([]byte(c.body))
		if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%.80s: the error is %v, it should say %q", c.body, err, c.wrong)
		}
	}
}

// TestPublishWithoutRun waits, and gives up.
func TestPublishWithoutRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{t: t}
		s.gateway = newGateway(letIn())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.gateway.Publish(ctx, gateway.Publication{}); err != context.DeadlineExceeded {
			t.Errorf("the error is %v", err)
		}
	})
}

func FuzzParsePublication(f *testing.F) {
	for _, seed := range []string{`{"rooms":[{"a":1}],"data":1}`, `{"rooms":[null],"data":1}`, `{"rooms":{},"data":1}`, `[`, `{"rooms":[],"data":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = gateway.ParsePublication(body)
	})
}

// TestOrderWhileSubscribing: also what is published while clients enter a room comes in
// order, beside what they hear in another. More processors than there are make it likely
// that one stands still in between.
func TestOrderWhileSubscribing(t *testing.T) {
	const clients, times = 20, 200
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	onTCP(t, gateway.Options{Backend: letIn(`{"a":"*"}`)}, func(s *site) {
		ctx, cancel := context.WithCancel(t.Context())
		var publishing, all sync.WaitGroup
		publishing.Go(func() {
			for n := 1; ctx.Err() == nil; n++ {
				s.publish(`[{"a":1}]`, strconv.Itoa(n))
			}
		})
		for range clients {
			p := s.enter()
			p.subscribe(`{"a":1}`, `"base"`)
			all.Go(func() { p.comeAndGo(times) })
			all.Go(func() { p.wantsOrder(2 * times) })
		}
		all.Wait()
		cancel()
		publishing.Wait()
	})
}

// comeAndGo enters a room and leaves it again, so many times.
func (p *peer) comeAndGo(times int) {
	for i := range times {
		_, _ = p.Write(masked(websocket.Text, `{"type":"subscribe","room":{"a":"*"},"requestId":`+strconv.Itoa(i)+`}`))
		_, _ = p.Write(masked(websocket.Text, `{"type":"unsubscribe","requestId":`+strconv.Itoa(i)+`}`))
	}
}

// wantsOrder hears numbers until so many answers came, and none before a smaller one.
func (p *peer) wantsOrder(answers int) {
	for newest := 0; answers > 0; {
		_, said, err := p.frame()
		if said == success {
			answers--
			continue
		}
		data, _, _ := strings.Cut(strings.TrimPrefix(said, `{"type": "publish", "data": `), ",")
		n, wrong := strconv.Atoi(data)
		if err != nil || wrong != nil || n < newest {
			p.t.Errorf("%s, %v came after %d", said, err, newest)
			return
		}
		newest = n
	}
}
