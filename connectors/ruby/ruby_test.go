// Package ruby_test runs the tests of the Ruby connector with the real Ruby.
package ruby_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/connectors/conformance/partner"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

// allPassed is how Minitest ends when it ran tests and skipped none.
var allPassed = regexp.MustCompile(`(?m)^[1-9]\d* runs, .* 0 skips$`)

func TestRuby(t *testing.T) {
	ruby := testenv.Need(t, "ruby", "ruby")
	if exec.Command(ruby, "-e", `require "minitest"`).Run() != nil {
		testenv.Missing(t, "Minitest", "ruby-minitest")
	}
	out := partner.Run(t, ".", nil, ruby, "-w", "test/test_cornelius.rb")
	if strings.Contains(out, "warning:") || !allPassed.MatchString(out) {
		t.Error(out)
	}
}

// TestInstall: the gem builds, installs without a network, and pushes an update
// in three lines.
func TestInstall(t *testing.T) {
	ruby, gem := testenv.Need(t, "ruby", "ruby"), testenv.Need(t, "gem", "ruby")
	folder := t.TempDir()
	source, file := filepath.Join(folder, "source"), filepath.Join(folder, "cornelius.gem")
	if err := os.CopyFS(source, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	partner.Run(t, source, nil, gem, "build", "--quiet", "--output", file, "roots-cornelius.gemspec")
	partner.Run(t, folder, nil, gem, "install", "--local", "--no-document", "--quiet", "--install-dir", folder+"/gems", "--bindir", folder+"/bin", file)
	rec, url := partner.Dudley(t)
	push := strings.Replace(partner.Shown(t, "ruby", ""), "Cornelius.new", `Cornelius.new(ENV["DUDLEY"])`, 1)
	partner.Run(t, folder, []string{"GEM_PATH=" + folder + "/gems", "DUDLEY=" + url}, ruby, "-e", push)
	partner.WantArrived(t, rec, thestral.Update{Path: "my/data", Message: "hello"})
}

// TestRails runs what the README shows for Rails, with Rails.
func TestRails(t *testing.T) {
	ruby := testenv.Need(t, "ruby", "ruby")
	if exec.Command(ruby, "-e", `require "logger"; require "rails"; require "action_controller/railtie"; require "active_record"; require "sqlite3"`).Run() != nil {
		testenv.Missing(t, "Rails", "ruby-railties, ruby-actionpack, ruby-activerecord and ruby-sqlite3")
	}
	rec, url := partner.Dudley(t)
	out := partner.Run(t, t.TempDir(), []string{"ROOTS_URL=" + url}, ruby, partner.Abs(t, "test/rails.rb"))
	want := `connect 204
disconnect 204
without a token 422
with another token 422
without a session 422
no array 400
no id 400
saved sent saved
without roots 502
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	partner.WantArrived(t, rec,
		thestral.Update{Path: "::connect", Message: "an-id->orders/7"},
		thestral.Update{Path: "::disconnect", Message: "an-id->orders/7"},
		thestral.Update{Path: "before", Message: "the commit"},
		thestral.Update{Path: "orders/7", Message: `{"id":1,"state":"sent"}`})
}
