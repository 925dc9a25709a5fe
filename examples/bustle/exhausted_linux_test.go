package bustle

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// watchesIn is the variable that says how many watches a daemon may have.
const watchesIn = "BUSTLE_TEST_WATCHES"

// limitWatches limits those of this process, which is in a user namespace of its own.
func limitWatches() error {
	if limit := os.Getenv(watchesIn); limit != "" {
		return os.WriteFile("/proc/sys/user/max_inotify_watches", []byte(limit), 0)
	}
	return nil
}

// TestKernelHasNoWatchLeft runs a daemon that may watch four folders of eighteen. All
// that goes on in the others is told as well.
func TestKernelHasNoWatchLeft(t *testing.T) {
	people := []string{"ann", "bob", "cat", "dan", "eve", "fay"}
	p := newPlace(t, people...)
	var warnings strings.Builder
	daemon := exec.Command(os.Args[0])
	daemon.Env = append(os.Environ(), daemonIn+"="+p.dir, watchesIn+"=4")
	daemon.Stderr = &warnings
	daemon.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
	}
	if err := daemon.Start(); errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		t.Skipf("this system lets nobody have a user namespace, in which the watches can be limited: %v", err)
	} else {
		ok(t, err)
	}
	t.Cleanup(func() { _ = daemon.Process.Kill() })
	told := func(line string) bool { return strings.Contains(contents(t, p.o.Log), line+"\n") }
	for _, who := range people {
		add(t, p.spoolOf(who), "HI\n")
		until(t, func() bool { return told("~" + who + " shouts, 'HI'") })
		until(t, func() bool {
			write(t, p.home(who)+"/notes.txt", "x")
			return told("~"+who+" just created a new file") || told("~"+who+" is moving around in their home directory")
		})
	}
	ok(t, daemon.Process.Kill())
	_ = daemon.Wait()
	if got := strings.Count(warnings.String(), "can't be watched"); got != 1 {
		t.Errorf("it is logged %d times:\n%s", got, &warnings)
	}
}
