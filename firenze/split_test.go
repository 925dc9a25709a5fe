package firenze

import (
	"math"
	"strings"
	"testing"
)

// FuzzToken: what is taken apart is what a naive reading finds, and what is put
// together comes apart again.
func FuzzToken(f *testing.F) {
	for _, token := range []string{"", "-", "KEY", "KEY-", "KEY-0", "KEY-7", "KEY-007", "KEY--1", "KEY-+1", "KEY-x", "KEY-1-2", "-5", "KEY-1 ", "KEY-٣",
		"KEY-18446744073709551615", "KEY-18446744073709551616", "KEY-0x10", "KEY-1_0", "\xff-1"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		key, number := splitToken(token)
		wantKey, digits, _ := strings.Cut(token, "-")
		if want := naiveNumber(digits); key != wantKey || number != want {
			t.Errorf("%q is %q and %d instead of %q and %d", token, key, number, wantKey, want)
		}
		c := new(client)
		c.setID("id", key)
		session := string(c.appendToken(nil, number))
		if _, joined, _ := strings.Cut(session, "/"); !strings.Contains(key, "/") {
			if k, n := splitToken(joined); k != key || n != number {
				t.Errorf("%q and %d come back as %q and %d", key, number, k, n)
			}
		}
		if n, ok := c.number([]byte(session)); !ok || n != number {
			t.Errorf("%q is not taken for the client's own, or with number %d", session, n)
		}
	})
}

// naiveNumber is 0 for what is not made of digits alone, or is too large.
func naiveNumber(digits string) (n uint64) {
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' || n > (math.MaxUint64-uint64(d-'0'))/10 {
			return 0
		}
		n = 10*n + uint64(d-'0')
	}
	return n
}

// TestKeys are as random as they must be, and safe in a URL and before a "-".
func TestKeys(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		key := newKey()
		if seen[key] || len(key) < 26 || strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Fatalf("%q is no key", key)
		}
		seen[key] = true
	}
}

func TestSameKey(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"KEY", "KEY", true}, {"KEY", "KEZ", false}, {"KEY", "AEY", false}, {"KEY", "KE", false}, {"KEY", "KEYS", false}, {"KEY", "", false}, {"KEY", "key", false}} {
		if got := sameKey(c.a, c.b); got != c.want {
			t.Errorf("sameKey(%q, %q) is %v", c.a, c.b, got)
		}
	}
}
