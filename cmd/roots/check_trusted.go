package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rootspush/roots/firenze"
	"github.com/rootspush/roots/internal/address"
	"github.com/rootspush/roots/internal/loopback"
)

// checkTrusted sends a batch without updates, which changes nothing and is taken
// only by a Dudley that believes the token.
func (i *installation) checkTrusted(ctx context.Context) finding {
	f := finding{Check: "trusted port"}
	status, said, err := i.batch(ctx, i.token)
	switch {
	case err != nil:
		f.Wrong = fmt.Sprintf("nothing answers at %s: %v", i.url, err)
		f.Change = "start roots, set its --dudley, or say where it is with --url"
	case status == http.StatusUnauthorized && i.token == "":
		f.Wrong, f.Change = "the server asks for a token", "give it here with --token or ROOTS_TOKEN"
	case status == http.StatusUnauthorized:
		f.Wrong, f.Change = "the token is not that of the server", "set --token here or there"
	case status == http.StatusMisdirectedRequest:
		f.Wrong, f.Change = fmt.Sprintf("the server does not know the name of its host in %s", i.url), "say localhost in --url, or set the --token of the server"
	case !said.Success:
		f.Wrong, f.Change = fmt.Sprintf("what answers at %s is not roots, its status is %d", i.url, status), "say where roots is with --url"
	case i.token != "" && !i.isNear() && i.isOpen(ctx):
		f.Wrong, f.Change = "others than this machine can reach it without a token, and then rule the server", "set --token of the server"
	case i.token == "" && !i.isNear():
		f.Wrong, f.Change = "others than this machine can reach it, and no token is asked for: they rule the server", "set --token of the server"
	}
	return f
}

// batch posts no updates.
func (i *installation) batch(ctx context.Context, token string) (status int, said struct{ Success bool }, err error) {
	ctx, cancel := context.WithTimeout(ctx, prompt)
	defer cancel()
	base, client := address.HTTP(i.url)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(base, "/")+"/", strings.NewReader("[]"))
	if err != nil {
		return 0, said, keyless(err)
	}
	r.Header.Set("Accept", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, said, keyless(err)
	}
	defer answer.Body.Close()
	_ = json.NewDecoder(io.LimitReader(answer.Body, maxSaid)).Decode(&said) // if it is no JSON, it is not roots
	return answer.StatusCode, said, nil
}

// maxSaid is how much is read of an answer that ought to be short, in bytes.
const maxSaid = 64 << 10

func (i *installation) isOpen(ctx context.Context) bool {
	_, said, err := i.batch(ctx, "")
	return err == nil && said.Success
}

// isNear says that only this machine reaches the trusted port.
func (i *installation) isNear() bool {
	if _, ok := address.Socket(i.url); ok {
		return true
	}
	u, err := url.Parse(i.url)
	return err == nil && loopback.IsName(loopback.Name(u.Host))
}

// checkFiles compares how many files the server may open with how many sessions
// it has room for, each of which takes one. If the server does not tell, what
// holds for this process stands for it.
func (i *installation) checkFiles(ctx context.Context) finding {
	f := finding{Check: "open files"}
	who, most, ok := "the server", 0.0, false
	if most, ok = i.maxFiles(ctx); !ok {
		who = "this process, and so perhaps the server,"
		most, ok = ownMaxFiles()
	}
	if ok && most < firenze.DefaultMaxSessions {
		f.Wrong = fmt.Sprintf("%s may open %.0f files, but %d sessions may wait, each with one", who, most, firenze.DefaultMaxSessions)
		f.Change = "set LimitNOFILE= in its unit, or ulimit -n before it starts"
	}
	return f
}

// maxFiles asks the server.
func (i *installation) maxFiles(ctx context.Context) (most float64, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, prompt)
	defer cancel()
	answer, err := i.get(ctx, "/metrics", nil)
	if err != nil {
		return 0, false
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "process_max_fds %g", &most); n == 1 {
			return most, true
		}
	}
	return 0, false
}

// checkImperio says good-bye to Imperio, which then closes the connection.
func (i *installation) checkImperio(ctx context.Context) finding {
	f := finding{Check: "imperio", Change: "set --imperio of the server, or here"}
	network, addr := "tcp", i.imperio
	if path, ok := address.Socket(addr); ok {
		network, addr = "unix", path
	}
	conn, err := (&net.Dialer{Timeout: prompt}).DialContext(ctx, network, addr)
	if err != nil {
		f.Wrong = fmt.Sprintf("nothing answers: %v", err)
		return f
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(prompt)) // it fails only on a closed connection
	_, _ = io.WriteString(conn, "::exit\n")      // if it fails, so does reading
	if said, err := io.ReadAll(io.LimitReader(conn, 1)); err != nil || len(said) > 0 {
		f.Wrong = fmt.Sprintf("what answers at %s does not end when it is asked to, so it is not Imperio", i.imperio)
		return f
	}
	return finding{Check: f.Check}
}
