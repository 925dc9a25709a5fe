//go:build linux

package parking_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// clientsVariable says to this program that it is to be clients: of which port of
// loopback, and how many.
const clientsVariable = "PARKING_TEST_CLIENTS"

func TestMain(m *testing.M) {
	if task := os.Getenv(clientsVariable); task != "" {
		if err := beClients(task); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// startClients starts a process that connects n times, asks, and reads all that
// comes, so that none of its memory and time is taken for the server's.
func startClients(t testing.TB, addr net.Addr, n int) (stop func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d", clientsVariable, addr.(*net.TCPAddr).Port, n))
	hold, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		hold.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the clients: %v\n%s", err, &out)
		}
	}
}

// beClients reads until standard input ends.
func beClients(task string) error {
	var port, n int
	if _, err := fmt.Sscan(task, &port, &n); err != nil {
		return err
	}
	epoll, err := unix.EpollCreate1(0)
	if err != nil {
		return err
	}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, 0, &unix.EpollEvent{Events: unix.EPOLLIN}); err != nil {
		return err
	}
	for range n {
		if err := beClient(epoll, port); err != nil {
			return err
		}
	}
	drain(epoll)
	return nil
}

func beClient(epoll, port int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	if _, err := unix.Write(fd, []byte(get("/"))); err != nil {
		return err
	}
	return unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// drain reads whatever comes, until standard input ends.
func drain(epoll int) {
	events := make([]unix.EpollEvent, 512)
	buf := make([]byte, 64<<10)
	for {
		n, _ := unix.EpollWait(epoll, events, -1)
		for _, e := range events[:max(n, 0)] {
			if n, _ := unix.Read(int(e.Fd), buf); n > 0 {
				continue
			}
			if e.Fd == 0 {
				return
			}
			_ = unix.Close(int(e.Fd))
		}
	}
}
