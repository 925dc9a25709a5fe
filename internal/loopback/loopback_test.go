package loopback_test

import (
	"testing"

	"github.com/rootspush/roots/internal/loopback"
)

func TestCheck(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:8004": true, "127.9.9.9:0": true, "[::1]:8004": true, "localhost:8004": true, "unix:/run/roots/dudley.sock": true,
		":8004": false, "0.0.0.0:8004": false, "[::]:8004": false, "192.0.2.1:8004": false, "8004": false, "": false,
	} {
		if err := loopback.Check(addr); (err == nil) != ok {
			t.Errorf("Check(%q) is %v, want ok %v", addr, err, ok)
		}
	}
}

func TestIsName(t *testing.T) {
	for host, ok := range map[string]bool{
		"localhost": true, "LOCALHOST.:80": true, "127.0.0.1": true, "127.1.2.3:8004": true, "[::1]:8004": true,
		"": false, "example.org": false, "localhost.example.org": false, "127.0.0.1.example.org": false,
		"192.0.2.1:8004": false, "0.0.0.0": false, "[::]": false,
	} {
		if got := loopback.IsName(loopback.Name(host)); got != ok {
			t.Errorf("IsName(Name(%q)) is %v, want %v", host, got, ok)
		}
	}
}
