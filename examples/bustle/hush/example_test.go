package hush_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/thestral"
)

// A busy door is heard once in a while.
func ExampleCollapse() {
	now := time.Now()
	out := thestral.Func(func(_ thestral.Thestral, path, message string) { fmt.Println(path, message) })
	alike := func(path, _ string) string { return path }
	calm := hush.Collapse(out, 30*time.Second, alike, func() time.Time { return now })

	calm.Update(nil, "door", "opens")
	calm.Update(nil, "door", "closes")
	calm.Update(nil, "window", "opens")
	now = now.Add(30 * time.Second)
	calm.Update(nil, "door", "opens again")
	// Output:
	// door opens
	// window opens
	// door opens again
}

// With the same seed, the same ones pass.
func ExampleSample() {
	out := thestral.Func(func(_ thestral.Thestral, path, message string) { fmt.Print(message, " ") })
	some := hush.Sample(out, 0.5, 1)
	for _, word := range strings.Fields("some of these words are left out by chance") {
		some.Update(nil, "words", word)
	}
	fmt.Println(some.Dropped(), "dropped")
	// Output: some these words out by 4 dropped
}

// Each may speak twice at once, but all together not more than three times.
func ExampleThrottle() {
	now := time.Now()
	out := thestral.Func(func(_ thestral.Thestral, path, message string) { fmt.Println(path, message) })
	each, all := hush.Rate{Burst: 2, Every: time.Minute}, hush.Rate{Burst: 3, Every: time.Second}
	speaker := func(path, _ string) string { return path }
	calm := hush.Throttle(out, each, all, speaker, func() time.Time { return now })
	for _, who := range []string{"ann", "ann", "ann", "eve", "eve"} {
		calm.Update(nil, who, "speaks")
	}
	// Output:
	// ann speaks
	// ann speaks
	// eve speaks
}
