package feed

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // that a log is waited for is a part of the tests
	os.Exit(m.Run())
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newLog returns the path of a log that has a text in it.
func newLog(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bustle.log")
	ok(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// add writes at the end of a log, as bustled does.
func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	ok(t, err)
	_, err = f.WriteString(text)
	ok(t, err)
	ok(t, f.Close())
}

// messages are those of every kind, and some that nobody would write.
var messages = []string{
	"you hear faint noise in the chat room",
	"~endorphant is moving around in their home directory",
	"~vilmibm just added to their public_html",
	"some things are knocking around on bbj",
	"~selfsame just created a new file",
	"there is a rattling sound in ttbp",
	"something is stirring in the-well",
	"someone shouts, 'HI WORLD'",
	"~archangelic shouts, 'HELLO BACK'",
	"~ann shouts, 'größe 日本語 🦉 👩‍👩‍👧‍👦 e\u0301\u0301'",
	"~bob shouts, 'a word that is as long as ninety columns are wide: " + ninety + " and then some more'",
	"~x shouts, '\x1b[31mred\x1b]0;title\a \u202egnirts \u009b2J \xff'",
	"",
	" ",
	"'",
	"~",
	"\u0301",
	"👩‍👩‍👧‍👦‍👩‍👩‍👧‍👦‍👩‍👩‍👧‍👦‍👩‍👩‍👧‍👦",
}

const ninety = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
