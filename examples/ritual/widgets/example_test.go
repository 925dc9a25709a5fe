package widgets_test

import (
	"fmt"

	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
	_ "github.com/rootspush/roots/examples/ritual/widgets" // makes the widgets known
)

// A page of a script asks for a widget by its name, people post, and all are
// told the same.
func Example() {
	ritual := widgettest.New(nil)
	if err := ritual.Show("Histogram", `{"saveas": "years", "boxColors": {"input": "#00aa00", "result": "#0000aa"}}`); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ritual.Post(widgettest.Text("x", "1990", "ANN")))
	fmt.Println(ritual.Post(widgettest.Text("x", "long ago", "BOB")))
	fmt.Println(ritual.Status("any client"))
	// Output:
	// <nil>
	// "long ago" should be a whole number from -1000000 to 1000000
	// {"boxColors":{"input":"#00aa00","result":"#0000aa"},"imgs":[{"imgId":0,"x":0,"y":0,"w":6.66667,"h":6.66667}],"xaxes":[{"x":25,"v":1990}]}
}
