//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "load: it reads /proc and uses epoll, and so runs on Linux only")
	os.Exit(1)
}
