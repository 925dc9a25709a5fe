// Packaging builds what Roots is installed from:
//
//	go run ./cmd/roots/packaging FOLDER VERSION
//
// leaves in FOLDER
//
//	roots_VERSION_ARCH.deb    for Debian and its kin
//	roots-VERSION-1.ARCH.rpm  for Red Hat and its kin
//	container                 a folder to build the image of a container in
//
// They are for Linux on the machine that GOARCH names, this one by default. Each
// has the same program, which needs no library, and the packages have its manual
// page, completions, an example of its settings, and units for systemd. What is in
// them and where is in nfpm.yaml.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// nfpm makes packages. It is no requirement of the module, as only this uses it.
const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.0"

const roots = "github.com/rootspush/roots/cmd/roots"

//go:embed *.service *.socket *.sh *.yaml roots.conf Containerfile
var files embed.FS

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "packaging: it must be: packaging FOLDER VERSION")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "packaging:", err)
		os.Exit(1)
	}
}

// pack puts the packages and the folder for a container into folder.
func pack(folder, version string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	stage, err := os.MkdirTemp("", "roots-packaging")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	p := packing{stage: stage, version: version, arch: cmp.Or(os.Getenv("GOARCH"), runtime.GOARCH)}
	if err := p.collect(); err != nil {
		return err
	}
	if err := p.copy(filepath.Join(folder, "container"), "Containerfile", "LICENSE", "roots"); err != nil {
		return err
	}
	return errors.Join(p.makePackage("deb", folder), p.makePackage("rpm", folder))
}

// A packing has a folder where all that is packed is brought together.
type packing struct{ stage, version, arch string }

// collect brings it together.
func (p packing) collect() error {
	if err := os.CopyFS(p.stage, files); err != nil {
		return err
	}
	module, err := output("", nil, "list", "-m", "-f", "{{.Dir}}", "github.com/rootspush/roots")
	if err != nil {
		return err
	}
	license, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(module)), "LICENSE"))
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(p.stage, "LICENSE"), license, 0o644),
		p.build(),
		p.writeHelp(),
	)
}

// build builds the program, which needs no library.
func (p packing) build() error {
	_, err := output("", []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + p.arch},
		"build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(p.stage, "roots"), roots)
	return err
}

// writeHelp has the program, as it runs here, tell about itself.
func (p packing) writeHelp() error {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		text, err := output("", here, "run", roots, "completion", shell)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(p.stage, "roots."+shell), text, 0o644); err != nil {
			return err
		}
	}
	text, err := output("", here, "run", roots, "man")
	if err != nil {
		return err
	}
	var page bytes.Buffer
	w := gzip.NewWriter(&page)
	_, _ = w.Write(text) // a Buffer takes everything
	_ = w.Close()
	return os.WriteFile(filepath.Join(p.stage, "roots.1.gz"), page.Bytes(), 0o644)
}

// copy puts files of the stage into a folder.
func (p packing) copy(folder string, names ...string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		from := filepath.Join(p.stage, name)
		info, err := os.Stat(from)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), data, info.Mode().Perm()|0o200); err != nil {
			return err
		}
	}
	return nil
}

// makePackage puts a package into a folder.
func (p packing) makePackage(kind, folder string) error {
	env := append([]string{"VERSION=" + p.version, "ARCH=" + p.arch}, here...)
	_, err := output(p.stage, env, "run", nfpm, "package", "--packager", kind, "--target", folder)
	return err
}

// here has go build for the machine that it runs on.
var here = []string{"GOOS=", "GOARCH="}

// output runs go in a folder, with additions to the environment, and returns what
// it prints.
func output(folder string, env []string, args ...string) ([]byte, error) {
	tool := exec.Command("go", args...)
	tool.Dir, tool.Env = folder, append(os.Environ(), env...)
	var says bytes.Buffer
	tool.Stderr = &says
	text, err := tool.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &says)
	}
	return text, nil
}
