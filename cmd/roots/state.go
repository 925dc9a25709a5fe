package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/pig"
)

// The file of --state has what a server knows of its sessions when it stops: a line
// of JSON with what is said below, and then one for each session.

// stateVersion is in the first line, so that another form can be told from this one.
const stateVersion = 1

type stateHead struct {
	Version int       `json:"roots_state"`
	Saved   time.Time `json:"saved"`
	Alone   bool      `json:"alone"` // no other node could have said something meanwhile
}

type savedSession struct {
	firenze.Snapshot
	Heard []pig.Heard `json:"heard,omitempty"`
}

// handOverTime is how long other nodes may take to take all sessions.
const handOverTime = 10 * time.Second

// retire lets go of the sessions once nothing more is sent to them: other nodes get
// them, or the next process. Those that nobody takes are over.
func (s *server) retire(state string) {
	if s.node != nil {
		ctx, cancel := context.WithTimeout(context.Background(), handOverTime)
		defer cancel()
		s.node.HandOver(ctx)
	}
	if state != "" {
		if err := s.save(state); err != nil {
			slog.Error("the sessions can't be kept, their clients begin anew", "error", err)
		}
	}
	s.firenze.Close()
}

// save writes the sessions to a file, whole or not at all, for nobody else to read.
func (s *server) save(name string) error {
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // in vain once it has its name
	defer file.Close()
	w := bufio.NewWriter(file)
	e := json.NewEncoder(w)
	if err := e.Encode(stateHead{stateVersion, time.Now(), s.isAlone()}); err != nil {
		return err
	}
	saved := 0
	for v := range s.firenze.Sessions() {
		r, _ := s.pig.Receiver(v.ID)
		snapshot, forget, err := s.firenze.Release(v.ID)
		if err != nil {
			continue // it is over
		}
		forget()
		if err := e.Encode(savedSession{snapshot, r.Heard}); err != nil {
			return err
		}
		saved++
	}
	if err := errors.Join(w.Flush(), file.Sync(), file.Close()); err != nil {
		return err
	}
	slog.Info("the sessions are kept for the next process", "sessions", saved, "file", name)
	return os.Rename(file.Name(), name)
}

func (s *server) isAlone() bool { return s.node == nil || len(s.node.Nodes()) == 0 }

// takeUp goes on with the sessions that the process before saved. Their file is
// removed first: sessions that have had more since must never be taken up from it.
func (s *server) takeUp(name string) error {
	if name == "" {
		return nil
	}
	if err := isWritable(filepath.Dir(name)); err != nil {
		return err
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	d := json.NewDecoder(bufio.NewReader(file))
	var head stateHead
	if err := d.Decode(&head); err != nil || head.Version != stateVersion {
		return fmt.Errorf("%q is no file that a server of this version keeps its sessions in, remove it or name another", name)
	}
	if err := os.Remove(name); err != nil {
		return err
	}
	s.goOn(d, head)
	return nil
}

// isWritable says why no file can be made in a folder, while it is not too late.
func isWritable(folder string) error {
	file, err := os.CreateTemp(folder, ".roots-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// goOn takes up what is in a file. What is wrong in it is logged, and what is right
// goes on.
func (s *server) goOn(d *json.Decoder, head stateHead) {
	if !head.Alone || !s.isAlone() {
		slog.Warn("the sessions of the process before are not taken up, as other nodes may have sent them something meanwhile")
		return
	}
	absent := max(0, time.Since(head.Saved))
	taken := 0
	for d.More() {
		var one savedSession
		if err := d.Decode(&one); err != nil {
			slog.Error("the file with the sessions is broken, what follows is lost", "error", err)
			break
		}
		one.Absent += absent
		session, err := s.firenze.TakeUp(one.Snapshot)
		if err == nil {
			err = s.pig.Resume(session.ID(), one.Heard)
		}
		if err != nil {
			slog.Warn("a session can't be taken up", "id", one.ID, "error", err)
			s.firenze.End(one.ID)
			continue
		}
		taken++
	}
	slog.Info("sessions of the process before go on", "sessions", taken)
}
