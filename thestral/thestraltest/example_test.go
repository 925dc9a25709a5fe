package thestraltest_test

import (
	"fmt"

	"github.com/rootspush/roots/thestral"
	"github.com/rootspush/roots/thestral/thestraltest"
)

// A Recorder stands in for a receiver in a test.
func ExampleRecorder() {
	var got thestraltest.Recorder
	var t thestral.Thestral = &got
	t.Update(nil, "my/data", "1")
	t.Update(nil, "other", "2")
	t.Update(nil, "my/data", "3")
	fmt.Println(got.Messages("my/data"))
	fmt.Println(got.Updates())
	// Output:
	// [1 3]
	// [{my/data 1} {other 2} {my/data 3}]
}
