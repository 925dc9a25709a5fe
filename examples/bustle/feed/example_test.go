package feed_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rootspush/roots/examples/bustle/feed"
)

// Into a pipe, or here, the feed is plain.
func ExampleShow() {
	folder, err := os.MkdirTemp("", "town-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	log := filepath.Join(folder, "bustle.log")
	if err := os.WriteFile(log, []byte("~vilmibm just added to their public_html\nsomeone shouts, 'HI WORLD'\n"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	read, write := io.Pipe()
	go func() {
		write.CloseWithError(feed.Show(ctx, write, feed.Options{Log: log, Interval: time.Millisecond}))
	}()
	lines := bufio.NewScanner(read)
	for range 2 {
		lines.Scan()
		fmt.Println(lines.Text())
	}
	// Output:
	// ~vilmibm just added to their public_html
	// someone shouts, 'HI WORLD'
}

func ExampleClean() {
	fmt.Println(feed.Clean("someone shouts, 'HI\a \x1b[2J'"))
	// Output:
	// someone shouts, 'HI\x07 \x1b[2J'
}
