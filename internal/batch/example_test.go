package batch_test

import (
	"fmt"

	"github.com/rootspush/roots/internal/batch"
)

func ExampleParse() {
	updates, _ := batch.Parse([]byte(`[{"path":"a","message":"hello"},{"path":"b","message":{"n": 1}}]`), true)
	for _, u := range updates {
		fmt.Println(u.Path, "has", u.Message)
	}

	_, fault := batch.Parse([]byte(`[{"path":"a","message":"hello"},{"path":"::gone","message":"id"}]`), true)
	status, answer := fault.Answer()
	fmt.Println(status, string(answer))
	// Output:
	// a has hello
	// b has {"n":1}
	// 403 {"error":"control path \"::gone\" is not allowed here, only paths without \"::\" in front are","index":1}
}
