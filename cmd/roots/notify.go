package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// What systemd and roots have to say to each other. Elsewhere there is nothing of
// it in the environment, and nothing happens.

// handed are the sockets that systemd has opened, by the FileDescriptorName= of
// their units.
var handed = sync.OnceValue(func() map[string][]net.Listener {
	all, _ := activation.ListenersWithNames() // it never fails
	return all
})

// inherited returns the listener that systemd has opened in place of that of a
// flag, or nil. It is an error if there are several.
func inherited(name string) (net.Listener, error) {
	all := handed()[name]
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return nil, fmt.Errorf("systemd hands over %d sockets named %q, there must be one: a second ListenStream= needs another server", len(all), name)
}

// attend tells systemd that the server is ready, that it is alive if the unit
// wants to know that, and that it stops.
func (s *server) attend(ctx context.Context) error {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return err
	}
	tell(daemon.SdNotifyReady)
	defer tell(daemon.SdNotifyStopping)
	if interval == 0 {
		<-ctx.Done()
		return nil
	}
	watch(ctx, interval, s.isWell, tell)
	return nil
}

// tell says something to systemd, if it wants to hear it.
func tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		slog.Warn("systemd can't be told how the server is", "state", state, "error", err)
	}
}

// watch tells twice in each interval that the server is alive, as long as it
// answers within half of it, until ctx ends.
func watch(ctx context.Context, interval time.Duration, well func(context.Context) error, tell func(state string)) {
	ticks := time.NewTicker(interval / 2)
	defer ticks.Stop()
	for ctx.Err() == nil {
		if err := within(ctx, interval/2, well); err == nil {
			tell(daemon.SdNotifyWatchdog)
		} else if ctx.Err() == nil {
			slog.Error("the server does not answer itself, and will be started anew if that goes on", "error", err)
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
		}
	}
}

func within(ctx context.Context, d time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return do(ctx)
}

// isWell asks the servers of the process by their own sockets whether they are
// well.
func (s *server) isWell(ctx context.Context) error {
	for _, l := range s.health {
		if err := askHealth(ctx, l); err != nil {
			return fmt.Errorf("%v: %w", l.Addr(), err)
		}
	}
	return nil
}

// askHealth asks the server behind a listener. The certificate is not looked at,
// as this process has it itself.
func askHealth(ctx context.Context, l net.Listener) error {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, l.Addr().Network(), l.Addr().String())
		},
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true,
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, schemeOf(l)+"://localhost/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer has status %d", answer.StatusCode)
	}
	return nil
}
