package imperio_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rs/zerolog"

	"github.com/rootspush/roots/imperio"
	"github.com/rootspush/roots/thestral"
)

// A log shows every update as one line, whatever is in it.
func Example() {
	log := imperio.NewLog(os.Stdout)
	log.Update(nil, "my/data", "hello")
	log.Update(nil, "chat", "first line\nsecond line")
	// Output:
	// my/data; hello
	// chat; first line\nsecond line
}

func ExampleAppendFrame() {
	frame := imperio.AppendFrame(nil, "a;b", "c;d")
	fmt.Printf("%s", frame)
	// Output: a\;b; c;d
}

func ExampleParseFrame() {
	path, message, err := imperio.ParseFrame(`a\;b; c;d`)
	fmt.Printf("%q %q %v\n", path, message, err)
	_, _, err = imperio.ParseFrame(`windows; C:\dir`)
	fmt.Println(err)
	// Output:
	// "a;b" "c;d" <nil>
	// "C:\\dir" has a backslash that begins no escape, only \\ \; \n \r and \xNN are
}

func ExampleNewLog() {
	log := thestral.NewQueue(imperio.NewLog(os.Stdout), 10) // as the pieces do by themselves
	log.Update(nil, "::connect", "DOLORES-1->my/data")
	log.Flush(context.Background())
	// Output: ::connect; DOLORES-1->my/data
}

func ExampleNewEvents() {
	events := imperio.NewEvents(zerolog.New(os.Stdout))
	events.Update(nil, "my/data", "hello")
	// Output: {"level":"info","path":"my/data","text":"hello"}
}

func ExampleNewRecorder() {
	var file strings.Builder
	recorder := imperio.NewRecorder(&file)
	recorder.Update(nil, "my/data", "hello")
	for entry, err := range imperio.ReadRecording(strings.NewReader(file.String())) {
		fmt.Println(entry.Path, entry.Message, entry.Time.IsZero(), err)
	}
	// Output: my/data hello false <nil>
}

func ExampleReadRecording() {
	file := "2009-11-10T23:00:00.000000000Z my/data; hello\nmy/data; hello\n"
	for entry, err := range imperio.ReadRecording(strings.NewReader(file)) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(entry.Time, entry.Path, entry.Message)
	}
	// Output:
	// 2009-11-10 23:00:00 +0000 UTC my/data hello
	// line 2 of the recording: "my/data; hello" must begin with a time and a blank, as in "2006-01-02T15:04:05.000000000Z path; message"
}

func ExampleReplay() {
	file := "2009-11-10T23:00:00.000000000Z my/data; hello\n2009-11-10T23:59:00.000000000Z my/data; bye\n"
	err := imperio.Replay(context.Background(), strings.NewReader(file), imperio.NewLog(os.Stdout), 1e6)
	fmt.Println(err)
	// Output:
	// my/data; hello
	// my/data; bye
	// <nil>
}

func ExampleServer_Serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	printed := make(chan bool)
	served := make(chan error)
	go func() {
		served <- new(imperio.Server).Serve(ctx, listener, thestral.Func(func(_ thestral.Thestral, path, message string) {
			fmt.Println(path, message)
			printed <- true
		}))
	}()

	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprintf(conn, "my/data; hello\n::exit\n")
	<-printed
	io.Copy(io.Discard, conn) // until the server ends the connection
	conn.Close()
	cancel()
	fmt.Println(<-served)
	// Output:
	// my/data hello
	// <nil>
}

func ExampleServer_HTTP() {
	server := httptest.NewServer(new(imperio.Server).HTTP(imperio.NewLog(os.Stdout)))
	defer server.Close()
	response, err := http.Get(server.URL + "/my/data;hello")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	fmt.Printf("%s\n", answer)
	// Unordered output:
	// my/data; hello
	// {sent:true}
}
