package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/rootspush/roots/dudley"
	"github.com/rootspush/roots/thestral"
)

// addressRules are about the ways to Dudley.
var addressRules = []rule{
	{"unix", func(t *trial) {
		var d real
		t.makes(t.servesUnix(&d))
		t.passes("update", "p", "1")
		t.passes("update", "p", "2")
		t.arrived(&d, thestral.Update{Path: "p", Message: "1"}, thestral.Update{Path: "p", Message: "2"})
	}},
	{"https", func(t *trial) {
		var d real
		server := t.servesTLS(&d)
		file := filepath.Join(t.folder(), "trusted.pem")
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		if err := os.WriteFile(file, certificate, 0o600); err != nil {
			t.failf("%v", err)
		}
		t.env = []string{"SSL_CERT_FILE=" + file, "NODE_EXTRA_CA_CERTS=" + file}
		t.makes(server.URL + "/")
		t.passes("update", "p", "1")
		t.passes("update", "p", "2")
		t.arrived(&d, thestral.Update{Path: "p", Message: "1"}, thestral.Update{Path: "p", Message: "2"})
	}},
	{"untrusted", func(t *trial) {
		var d real
		t.makes(t.servesTLS(&d).URL + "/")
		t.fails(none, none, "update", "p", "m")
		t.arrived(&d)
	}},
	{"proxy", func(t *trial) {
		proxy := t.plays(takes)
		for _, name := range []string{"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"} {
			t.env = append(t.env, name+"=http://"+proxy.addr())
		}
		t.env = append(t.env, "no_proxy=", "NO_PROXY=")
		s := t.stage(takes)
		t.passes("update", "p", "m")
		t.asked(s, 1)
		t.asked(proxy, 0)
	}},
}

func (t *trial) servesUnix(d *real) (url string) {
	listener, url, err := listenUnix(t.folder())
	if err != nil {
		t.failf("%v", err)
		return url
	}
	server := httptest.NewUnstartedServer(dudley.New(d, dudley.Options{}))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.cleanups = append(t.cleanups, func() { stop(server) })
	return url
}

func (t *trial) servesTLS(d *real) *httptest.Server {
	server := httptest.NewUnstartedServer(dudley.New(d, dudley.Options{}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are to fail here
	server.StartTLS()
	t.cleanups = append(t.cleanups, func() { stop(server) })
	return server
}

// folder makes one that goes with the trial. Its path is short, as that of a
// socket must be.
func (t *trial) folder() string {
	folder, err := os.MkdirTemp("", "roots")
	if err != nil {
		t.failf("%v", err)
	}
	t.cleanups = append(t.cleanups, func() { os.RemoveAll(folder) })
	return folder
}
