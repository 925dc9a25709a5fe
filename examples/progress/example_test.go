package main

import (
	"context"
	"fmt"
	"os"

	"github.com/rootspush/roots/thestral"
)

// page stands for a browser that is connected.
type page struct{ heard chan string }

func (p page) Update(_ thestral.Thestral, path, message string) { p.heard <- path + " " + message }
func (page) Next() []thestral.Thestral                          { return nil }

// What is written into a file is pushed, and each message is all there is to say.
func Example() {
	folder, _ := demoFolder()
	defer os.RemoveAll(folder)
	a, err := newApp(folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.close()
	a.roots.Care("news", a.news.run)
	a.roots.Care("files", a.files.watch)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- a.roots.Run(ctx) }()

	someone := page{make(chan string, 10)}
	a.owl.On("file/everyone", someone)
	_ = os.WriteFile(folder+"/everyone/news.txt", []byte("push is here"), 0o644)
	fmt.Println(<-someone.heard)

	stop()
	<-ended
	// Output: file/everyone ["hello.txt","news.txt"]
}
