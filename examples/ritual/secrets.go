package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"strings"
)

// readSecrets reads a file with one JSON object. Values that are no texts are left
// out. A file that is not there is no more than a warning.
func readSecrets(file string) (map[string]string, error) {
	secrets := map[string]string{}
	if file == "" {
		return secrets, nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		slog.Warn("there is no file with secrets", "file", file)
		return secrets, nil
	} else if err != nil {
		return nil, err
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("%s must be a JSON object of texts, as in {\"LEADER_TOKEN\": \"…\"}: %w", file, err)
	}
	for name, value := range values {
		if text, is := value.(string); is {
			secrets[name] = text
		}
	}
	return secrets, nil
}

// parseNetworks reads networks with commas between; an address by itself is one.
func parseNetworks(text string) (networks []netip.Prefix, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		addr, err := netip.ParseAddr(part)
		network := netip.PrefixFrom(addr, addr.BitLen())
		if err != nil {
			network, err = netip.ParsePrefix(part)
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no network, which is written as in 10.0.0.0/8", part)
		}
		networks = append(networks, network)
	}
	return networks, nil
}
