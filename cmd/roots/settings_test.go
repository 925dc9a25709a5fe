package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPrecedence: a flag wins over a variable, and that over the file.
func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "roots.conf")
	text := "# all of them\r\n\n  name = file\r\nhold=3s\ntoken = a = b\norigin = https://a.example\norigin = https://b.example,https://c.example\nimperio =\ntwo-way = true\nrecord-size = 2GB"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		env  map[string]string
		want map[string]string // what differs from the file
	}{
		{"file", []string{"--config", file}, nil, nil},
		{"file by variable", nil, map[string]string{"ROOTS_CONFIG": file}, nil},
		{"variables", []string{"--config", file}, map[string]string{"ROOTS_NAME": "env", "ROOTS_ORIGIN": "https://d.example", "ROOTS_IMPERIO": "x:1", "ROOTS_TWO_WAY": "false"},
			map[string]string{"name": "env", "origin": "https://d.example", "imperio": "x:1", "two-way": "false"}},
		{"flags", []string{"--config", file, "--name=flag", "--origin", "https://e.example", "--origin", "https://f.example"}, map[string]string{"ROOTS_NAME": "env"},
			map[string]string{"name": "flag", "origin": "https://e.example,https://f.example"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			flags := new(config).newFlags()
			p := program{env: func(name string) (string, bool) { v, ok := test.env[name]; return v, ok }}
			if _, err := p.parse(flags, test.args, ""); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"name": "file", "hold": "3s", "token": "a = b", "origin": "https://a.example,https://b.example,https://c.example",
				"imperio": "", "two-way": "true", "record-size": "2GB", "delay": "0s", "dudley": "127.0.0.1:8004"}
			for name, value := range test.want {
				want[name] = value
			}
			got := map[string]string{}
			for name := range want {
				got[name] = flags.Lookup(name).Value.String()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the settings differ (- want, + got):\n%s", diff)
			}
		})
	}
}

// TestWords: flags may stand anywhere before "--".
func TestWords(t *testing.T) {
	for _, test := range []struct {
		args, want string
		words      []string // nil for an error
		a          string
	}{
		{"", "", []string{}, ""},
		{"--a 1 x y", "X Y", []string{"x", "y"}, "1"},
		{"x --a 1 y", "X Y", []string{"x", "y"}, "1"},
		{"x y --a=1", "X Y", []string{"x", "y"}, "1"},
		{"x -- --a", "X Y", []string{"x", "--a"}, ""},
		{"-- --a -b", "X Y", []string{"--a", "-b"}, ""},
		{"x -- y -- z", "X...", []string{"x", "y", "--", "z"}, ""},
		{"x -", "X Y", []string{"x", "-"}, ""},
		{"x", "X Y", nil, ""},
		{"x y z", "X Y", nil, ""},
		{"", "X...", nil, ""},
		{"x y z", "X...", []string{"x", "y", "z"}, ""},
		{"x --b", "X", nil, ""},
		{"x --a", "X", nil, ""},
	} {
		flags := flag.NewFlagSet("do", flag.ContinueOnError)
		a := flags.String("a", "", "")
		p := program{env: func(string) (string, bool) { return "", false }}
		words, err := p.parse(flags, strings.Fields(test.args), test.want)
		if (err != nil) != (test.words == nil) || !cmp.Equal(append([]string{}, words...), append([]string{}, test.words...)) || *a != test.a {
			t.Errorf("%q gives %q, %v, and the flag %q", test.args, words, err, *a)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "1500": 1500, "1KB": 1000, "100MB": 100e6, "2GB": 2e9, "9223372036GB": 9223372036e9,
		"9223372037GB": 0, "": 0, "0": 0, "-1": 0, "MB": 0, "1.5MB": 0, "1 MB": 0, "1mb": 0, "1TB": 0} {
		var s byteSize
		if err := s.Set(text); (err == nil) != (want > 0) || int64(s) != want {
			t.Errorf("%q is %d, %v; want %d", text, int64(s), err, want)
		}
	}
	for size, want := range map[byteSize]string{1: "1", 1500: "1500", 1e3: "1KB", 100e6: "100MB", 2e9: "2GB", 2500e6: "2500MB"} {
		if got := size.String(); got != want {
			t.Errorf("%d is written %q, want %q", int64(size), got, want)
		}
	}
}

// FuzzSettings: no file makes more than a setting or an error with its line.
func FuzzSettings(f *testing.F) {
	f.Add("hold = 10s\n# x\n\ntoken = a=b\r\norigin = https://a.example\n")
	f.Add("two-way\n")
	f.Add("config = x\nhold = 1s # x\n\x00 = \xff")
	file := filepath.Join(f.TempDir(), "roots.conf")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := fromFile(new(config).newFlags(), file)
		if err != nil && !strings.HasPrefix(err.Error(), file+":") {
			t.Errorf("the error is %v", err)
		}
	})
}
