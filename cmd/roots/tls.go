package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// A keyPair is a certificate and its private key, which are read anew when their
// files have changed. If they can't be, because one of them is not written yet or
// is broken, the last that were good go on to be used.
type keyPair struct {
	certFile, keyFile string

	mu      sync.Mutex // guards what is below
	checked time.Time
	state   [2]fileState
	current *tls.Certificate
	problem string // the last that was logged; empty if all is well
}

// fileState changes when a file is written or replaced.
type fileState struct {
	modified time.Time
	size     int64
}

// checkInterval is how often a handshake looks whether the files have changed.
const checkInterval = time.Second

// openKeyPair reads the files. It returns nil if there are none.
func openKeyPair(certFile, keyFile string) (*keyPair, error) {
	if certFile == "" {
		return nil, nil
	}
	k := &keyPair{certFile: certFile, keyFile: keyFile}
	return k, k.renew(time.Now())
}

// config returns how a server speaks TLS with the pair, whichever it is then.
func (k *keyPair) config() *tls.Config {
	return &tls.Config{GetCertificate: k.certificate}
}

func (k *keyPair) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	current, problem := k.newest(time.Now())
	if problem != "" {
		slog.Error("the new certificate can't be used, the old one stays", "error", problem)
	}
	return current, nil
}

// newest returns the pair to use, and a problem that is not logged yet.
func (k *keyPair) newest(now time.Time) (current *tls.Certificate, problem string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Sub(k.checked) < checkInterval {
		return k.current, ""
	}
	before := k.problem
	k.problem = ""
	if err := k.renew(now); err != nil {
		k.problem = err.Error()
	}
	if k.problem == before {
		return k.current, ""
	}
	return k.current, k.problem
}

// renew reads the files if they are not those that were read last. It is tried
// again and again after an error, as rights may be what was wrong, which change
// no file.
func (k *keyPair) renew(now time.Time) error {
	k.checked = now
	var state [2]fileState
	for i, name := range []string{k.certFile, k.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		state[i] = fileState{info.ModTime(), info.Size()}
	}
	if state == k.state {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(k.certFile, k.keyFile)
	if err != nil {
		return err
	}
	k.state, k.current = state, &pair
	return nil
}
