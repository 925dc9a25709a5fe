package main

import (
	"errors"
	"fmt"

	client "github.com/nats-io/nats.go"

	"github.com/rootspush/roots/dolores"
)

// embedded is what --nats says in place of a URL, for a NATS server in this
// process.
const embedded = "embedded"

// natsConfig is how a node is joined with others.
type natsConfig struct {
	url         string // empty is off
	listen      string // of the embedded server; empty is the default
	token       string
	credentials string // files
	ca          string
	cert, key   string
}

// natsListen is where the embedded server listens by default.
const natsListen = "127.0.0.1:4222"

func (n *natsConfig) check(name string) error {
	isEmbedded := n.url == embedded
	switch {
	case n.url != "" && name == dolores.DefaultName:
		return fmt.Errorf("with nats each node needs a name of its own, name is %q", name)
	case n.listen != "" && !isEmbedded:
		return errors.New("nats-listen is where the embedded server listens, so nats must be embedded")
	case n.url == "" && *n != natsConfig{}:
		return errors.New("nats is not set, but something about it is")
	case (n.cert == "") != (n.key == ""):
		return errors.New("nats-cert and nats-key go together, but only one of them is set")
	case isEmbedded && n.credentials != "":
		return errors.New("nats-creds is for a server of its own, the embedded one knows nats-token alone")
	}
	return nil
}

// options are those of the connection. A user and a password, or a token, may also
// stand in the URL.
func (c *natsConfig) options() (all []client.Option) {
	if c.token != "" {
		all = append(all, client.Token(c.token))
	}
	if c.credentials != "" {
		all = append(all, client.UserCredentials(c.credentials))
	}
	if c.url == embedded {
		return all // inside the process nothing is encrypted
	}
	if c.ca != "" {
		all = append(all, client.RootCAs(c.ca))
	}
	if c.cert != "" {
		all = append(all, client.ClientCert(c.cert, c.key))
	}
	return all
}
