// Package php_test runs the tests of the PHP connector with the real PHP.
package php_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/connectors/conformance/partner"
	"github.com/rootspush/roots/internal/testenv"
	"github.com/rootspush/roots/thestral"
)

func TestPHP(t *testing.T) {
	php := testenv.Need(t, "php", "php-cli")
	rec, url := partner.Dudley(t)
	if out := partner.Run(t, ".", []string{"DUDLEY=" + url}, php, "test/cornelius.php"); out != "ok" {
		t.Error(out)
	}
	partner.WantArrived(t, rec,
		thestral.Update{Path: "a", Message: "1"}, thestral.Update{Path: "b", Message: "2.0"},
		thestral.Update{Path: "c", Message: "{}"}, thestral.Update{Path: "d", Message: `{"3":"x"}`},
		thestral.Update{Path: "::connect", Message: "id->p"}, thestral.Update{Path: "::connect", Message: "id->q"})
}

// TestInstall: Composer installs the package without a network, and it pushes an
// update in three lines.
func TestInstall(t *testing.T) {
	php, composer := testenv.Need(t, "php", "php-cli"), testenv.Need(t, "composer", "composer")
	source, folder := partner.Abs(t, "."), t.TempDir()
	partner.Write(t, folder, "composer.json", fmt.Sprintf(
		`{"repositories": [{"type": "path", "url": %q}, {"packagist.org": false}], "require": {"rootspush/cornelius": "*"}}`, source))
	env := []string{"COMPOSER_ALLOW_SUPERUSER=1", "COMPOSER_HOME=" + folder + "/home", "COMPOSER_DISABLE_NETWORK=1"}
	partner.Run(t, folder, env, composer, "validate", "--strict", "--no-check-publish", "--no-check-version", source+"/composer.json")
	partner.Run(t, folder, env, composer, "install", "--quiet", "--no-interaction")
	push := strings.Replace(partner.Shown(t, "php", ""), "Cornelius()", "Cornelius(getenv('DUDLEY'))", 1)
	partner.Write(t, folder, "push.php", "<?php require 'vendor/autoload.php';\n"+push)
	rec, url := partner.Dudley(t)
	partner.Run(t, folder, []string{"DUDLEY=" + url}, php, "push.php")
	partner.WantArrived(t, rec, thestral.Update{Path: "my/data", Message: "hello"})
}

// TestLaravel runs what the README shows for Laravel, with Laravel.
func TestLaravel(t *testing.T) {
	php := testenv.Need(t, "php", "php-cli")
	if exec.Command(php, "-r", `require 'Illuminate/autoload.php'; new PDO('sqlite::memory:'); mb_strlen('x');`).Run() != nil {
		testenv.Missing(t, "Laravel", "php-laravel-framework, php-sqlite3 and php-mbstring")
	}
	rec, url := partner.Dudley(t)
	out := partner.Run(t, ".", []string{"ROOTS_URL=" + url}, php, "test/laravel.php")
	want := `connect 204
disconnect 204
without a token 419
with another token 419
no array 400
no id 400
saved sent saved, reported 1
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
