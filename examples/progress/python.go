package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// maxOutput is how many bytes a job may write into its file.
const maxOutput = 64 << 10

//go:embed job.py
var picture string

// python runs jobs, each as a process of its own.
type python struct {
	script    string // what it does
	connector string // the folder in which Python finds cornelius
	pace      string // seconds that a line takes
	url       string // where Dudley is
	token     string // for Dudley
	files     *files
}

// run runs a job of somebody until it ends or is killed. What it prints becomes a
// file in the folder of its owner.
func (p *python) run(ctx context.Context, owner, id string) error {
	file, err := p.files.create(owner, "picture-"+strings.ToLower(id[:8])+".txt")
	if err != nil {
		return err
	}
	defer file.Close()
	ctx, kill := context.WithCancelCause(ctx)
	defer kill(nil)
	complaint := new(tail)
	cmd := exec.CommandContext(ctx, "python3", "-B", "-c", p.script, p.pace) // -B leaves no files beside the connector
	cmd.Env = append(os.Environ(), "PYTHONPATH="+p.connector+string(os.PathListSeparator)+os.Getenv("PYTHONPATH"),
		"ROOTS_URL="+p.url, "ROOTS_TOKEN="+p.token, "ROOTS_PATH="+processPrefix+owner+"/"+id)
	cmd.Stdout, cmd.Stderr = &limited{file, maxOutput, kill}, complaint
	cmd.WaitDelay = 2 * time.Second // for what else may hold its output open
	if err = cmd.Run(); err == nil {
		return nil
	}
	if context.Cause(ctx) != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%w: %s", err, complaint.lastLine())
}

// limited kills a job that writes more than is left.
type limited struct {
	io.Writer
	left int
	kill context.CancelCauseFunc
}

func (l *limited) Write(data []byte) (int, error) {
	if len(data) > l.left {
		err := fmt.Errorf("it wrote more than %d bytes", maxOutput)
		l.kill(err)
		return 0, err
	}
	l.left -= len(data)
	return l.Writer.Write(data)
}

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(data []byte) (int, error) {
	const most = 1000
	t.text = append(t.text, data[max(len(data)-most, 0):]...)
	t.text = t.text[max(len(t.text)-most, 0):]
	return len(data), nil
}

func (t *tail) lastLine() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return lines[len(lines)-1]
}
