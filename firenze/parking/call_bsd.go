//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package parking

import "golang.org/x/sys/unix"

func limitSilence(int) {}
func allowSilence(int) {}

func transmit(fd int, pieces [][]byte) (int, error) {
	if len(pieces) == 1 {
		return unix.Write(fd, pieces[0])
	}
	return unix.SendmsgBuffers(fd, pieces, nil, nil, 0)
}

func read(fd int, buf []byte) (int, error) { return unix.Read(fd, buf) }
