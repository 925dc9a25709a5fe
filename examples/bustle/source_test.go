//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rootspush/roots/examples/bustle/hush"
)

// A reader reads one spool in a folder of its own.
type reader struct {
	*testing.T
	file string
	s    *source
	rate hush.Rate
	now  time.Time
	said []string
}

func newReader(t *testing.T) *reader {
	file := filepath.Join(t.TempDir(), "spool")
	r := &reader{T: t, file: file, s: newSource(file, "ann", int64(os.Getuid())), rate: hush.Rate{Burst: 1000, Every: time.Second}, now: time.Unix(1e9, 0)}
	t.Cleanup(func() { r.s.close() })
	return r
}

// read reads until nothing more is there, or the rate is used up.
func (r *reader) read() error {
	for range 1000 {
		before := len(r.said)
		more, err := r.s.read(r.rate, r.now, func(e event) { r.said = append(r.said, e.Text) })
		if err != nil || !more || len(r.said) == before && r.s.shouts.Free(r.rate, r.now) == 0 {
			return err
		}
	}
	r.Fatal("it never ends")
	return nil
}

// want reads, and says what that must have said. There may be no file.
func (r *reader) want(want ...string) {
	r.Helper()
	ok(r, unlessMissing(r.read()))
	same(r, "what was said", want, r.said)
	r.said = nil
}

// again goes on with a new source from what was kept, as after a restart.
func (r *reader) again() {
	r.s.close()
	at := r.s.at
	r.s = newSource(r.file, "ann", r.s.owner)
	r.s.at = at
}

func TestSpoolGrows(t *testing.T) {
	r := newReader(t)
	if err := r.read(); !os.IsNotExist(err) {
		t.Errorf("without a spool the error is %v", err)
	}
	write(t, r.file, "one\ntw")
	r.want("one")
	add(t, r.file, "o")
	r.want()
	add(t, r.file, "\n\n \nthree\n")
	r.want("two", "three")
	r.again()
	r.want()
	add(t, r.file, "four\n")
	r.want("four")
	r.again()
	add(t, r.file, "five\n")
	r.want("five")
}

func TestSpoolIsEmptied(t *testing.T) {
	for _, restart := range []bool{false, true} {
		r := newReader(t)
		write(t, r.file, "one\ntwo\n")
		r.want("one", "two")
		ok(t, os.Truncate(r.file, 0))
		if restart {
			r.again()
		}
		r.want()
		add(t, r.file, "three\n")
		r.want("three")

		// It was emptied and is longer than before already, when it is looked at.
		ok(t, os.Truncate(r.file, 0))
		add(t, r.file, "four, which is longer than all that was there\nfive\n")
		if restart {
			r.again()
		}
		r.want("four, which is longer than all that was there", "five")
	}
}

// TestSpoolIsReplaced: what is in the old one is read to its end first.
func TestSpoolIsReplaced(t *testing.T) {
	r := newReader(t)
	write(t, r.file, "one\n")
	r.want("one")
	add(t, r.file, "two\n")
	ok(t, os.Rename(r.file, r.file+".old"))
	add(t, r.file+".old", "three\n")
	write(t, r.file, "four\n")
	r.want("two", "three", "four")

	add(t, r.file, "five\n")
	ok(t, os.Remove(r.file))
	r.want("five")
	r.want()
	if r.s.file != nil || r.s.at.File != (fileID{}) {
		t.Error("a file that was removed is kept open, or its place is")
	}
	write(t, r.file, "four\n") // the same as the one before began with
	r.want("four")

	r.again()
	ok(t, os.Rename(r.file, r.file+".old"))
	write(t, r.file, "six\n")
	r.want("six")
}

// TestMuchIsUnread of a spool that is replaced: more than is read at a time, and more
// than the rate lets through.
func TestMuchIsUnread(t *testing.T) {
	for _, burst := range []int{1000, 3} {
		r := newReader(t)
		r.rate = hush.Rate{Burst: burst, Every: time.Second}
		write(t, r.file, "")
		r.want()
		var want []string
		for i := range 2 * chunkSize / 100 {
			want = append(want, fmt.Sprintf("%0100d", i))
			add(t, r.file, want[i]+"\n")
		}
		ok(t, os.Rename(r.file, r.file+".old"))
		write(t, r.file, "new\n")
		for range len(want) {
			ok(t, r.read())
			r.now = r.now.Add(time.Second)
		}
		r.want(append(want, "new")...)
	}
}

// TestSpoolIsOutOfReach: a home that comes back brings nothing twice.
func TestSpoolIsOutOfReach(t *testing.T) {
	r := newReader(t)
	write(t, r.file, "one\n")
	r.want("one")
	home, away := filepath.Dir(r.file), filepath.Dir(r.file)+".away"
	ok(t, os.Rename(home, away))
	r.want()
	r.again()
	if err := r.read(); !os.IsNotExist(err) {
		t.Errorf("the error is %v", err)
	}
	ok(t, os.Rename(away, home))
	add(t, r.file, "two\n")
	r.want("two")
}

func TestLongLines(t *testing.T) {
	r := newReader(t)
	most := strings.Repeat("x", longest)
	write(t, r.file, most+"\n"+most+"x\nshort\n")
	r.want(most, most+"…", "short")
	add(t, r.file, most+"x")
	r.want(most + "…")
	for range 5 { // several chunks, also over a restart
		add(t, r.file, strings.Repeat("y", chunkSize))
		r.want()
		r.again()
	}
	add(t, r.file, "\nend\n")
	r.want("end")
}

// TestRate: what is too much waits in the file.
func TestRate(t *testing.T) {
	r := newReader(t)
	r.rate = hush.Rate{Burst: 3, Every: time.Second}
	for i := range 10 {
		add(t, r.file, fmt.Sprintln(i)+`{"kind":"song"}`+"\n")
	}
	refusal := `the kind "song" is neither "shout" nor "noise"`
	r.want("0", refusal, "1", refusal, "2", refusal)
	r.want()
	r.now = r.now.Add(time.Second)
	r.want("3", refusal)
	r.again() // which forgets the rate, but not the place
	r.want("4", refusal, "5", refusal, "6", refusal)
	r.now = r.now.Add(time.Hour)
	r.want("7", refusal, "8", refusal, "9", refusal)
}

func TestNotASpool(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "secret\n")
	for name, make := range map[string]func(file string) error{
		"link":   func(file string) error { return os.Symlink(secret, file) },
		"nobody": func(file string) error { return os.Symlink("/nowhere/at/all", file) },
		"pipe":   func(file string) error { return unix.Mkfifo(file, 0o644) },
		"folder": func(file string) error { return os.Mkdir(file, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newReader(t)
			ok(t, make(r.file))
			if err := r.read(); err == nil || os.IsNotExist(err) || len(r.said) > 0 {
				t.Errorf("the error is %v, and it says %q", err, r.said)
			}
			ok(t, os.Remove(r.file))
			write(t, r.file, "fine\n")
			r.want("fine")
		})
	}
}

// TestSpoolOfAnother: nobody speaks for the owner of a home.
func TestSpoolOfAnother(t *testing.T) {
	r := newReader(t)
	r.s.owner = int64(os.Getuid()) + 1
	write(t, r.file, "one\n")
	if err := r.read(); err == nil || !strings.Contains(err.Error(), "belongs to user") || len(r.said) > 0 {
		t.Errorf("the error is %v, and it says %q", err, r.said)
	}
	r.s.setOwner(int64(os.Getuid()))
	r.want("one")
	r.s.setOwner(int64(os.Getuid()) + 1) // while it is open
	add(t, r.file, "two\n")
	if err := r.read(); err == nil || len(r.said) > 0 {
		t.Errorf("the error is %v, and it says %q", err, r.said)
	}
	r.s.setOwner(anybody)
	r.want("two")
}
