package dudley_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

func ExampleNew() {
	receiver := thestral.NewQueue(thestral.Func(func(_ thestral.Thestral, path, message string) {
		fmt.Println(path, "has", message)
	}), 100)
	server := httptest.NewServer(dudley.New(receiver, dudley.Options{}))
	defer server.Close()

	answer, err := server.Client().Post(server.URL+"/my/data", "text/plain", strings.NewReader("hello"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	receiver.Flush(context.Background())
	fmt.Println(answer.Status, string(text))
	// Output:
	// my/data has hello
	// 200 OK {success:true}
}
