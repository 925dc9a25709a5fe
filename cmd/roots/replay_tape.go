package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// A tape is the files of a recording, read as one. One of them may be standard
// input.
type tape struct {
	io.Reader
	files []io.Closer
	size  int64        // of all, in bytes; 0 if it is not known
	read  atomic.Int64 // so far
}

// openTape opens all files, so that nothing is played if one is missing.
func openTape(names []string, stdin io.Reader) (*tape, error) {
	t := new(tape)
	var all []io.Reader
	known := true
	for _, name := range names {
		if name == "-" {
			known = false
			all = append(all, &stretch{tape: t, name: "standard input", in: stdin})
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			t.close()
			return nil, err
		}
		t.files = append(t.files, file)
		all = append(all, &stretch{tape: t, name: name, in: file})
		if info, err := file.Stat(); err == nil {
			t.size += info.Size()
		}
	}
	if !known {
		t.size = 0
	}
	t.Reader = io.MultiReader(all...)
	return t, nil
}

func (t *tape) close() {
	for _, file := range t.files {
		file.Close()
	}
}

// progress says how far the tape is.
func (t *tape) progress() string {
	read := t.read.Load()
	if t.size == 0 {
		return fmt.Sprintf("%.1f MB", float64(read)/1e6)
	}
	return fmt.Sprintf("%.1f of %.1f MB, %d %%", float64(read)/1e6, float64(t.size)/1e6, read*100/t.size)
}

// A stretch of a tape is one file. It fails where the file was cut, as by a
// crash: the next one would go on in the middle of the line.
type stretch struct {
	tape *tape
	name string
	in   io.Reader
	last byte
}

func (s *stretch) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.tape.read.Add(int64(n))
	if n > 0 {
		s.last = p[n-1]
	}
	if err == io.EOF && s.last != 0 && s.last != '\n' {
		err = fmt.Errorf("%s ends in the middle of a line", s.name)
	}
	return n, err
}
