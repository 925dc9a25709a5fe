//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// cpu is what processes have used. The kernel counts it in ticks of 10 ms.
type cpu struct{ user, system time.Duration }

const tick = time.Second / 100 // USER_HZ, the same on all that Go runs on

// ram is in KiB.
type ram struct{ rss, pss float64 }

// processes returns the process of the server and those that it has started.
func (s *server) processes() ([]string, error) {
	main := strconv.Itoa(s.command.Process.Pid)
	all := []string{main}
	entries, err := os.ReadDir("/proc")
	for _, e := range entries {
		if fields, err := stat(e.Name()); err == nil && fields[1] == main {
			all = append(all, e.Name())
		}
	}
	return all, err
}

// stat returns what /proc/PID/stat says after the name of the process: its
// state, its parent and so on.
func stat(pid string) ([]string, error) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])), nil
}

func (s *server) cpu() (sum cpu, err error) {
	all, err := s.processes()
	for _, pid := range all {
		fields, err := stat(pid)
		if err != nil {
			return cpu{}, err
		}
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		sum.user += time.Duration(user) * tick
		sum.system += time.Duration(system) * tick
	}
	return sum, err
}

func (s *server) memory() (sum ram, err error) {
	all, err := s.processes()
	for _, pid := range all {
		text, err := os.ReadFile("/proc/" + pid + "/smaps_rollup")
		if err != nil {
			return ram{}, err
		}
		for line := range strings.Lines(string(text)) {
			var kib float64
			if n, _ := fmt.Sscanf(line, "Rss: %f kB", &kib); n == 1 {
				sum.rss += kib
			}
			if n, _ := fmt.Sscanf(line, "Pss: %f kB", &kib); n == 1 {
				sum.pss += kib
			}
		}
	}
	return sum, err
}
