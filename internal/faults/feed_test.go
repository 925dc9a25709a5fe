package faults

import (
	"strings"
	"testing"
)

// TestFeed: "load" stands for the empty message, at a state of 5.
func TestFeed(t *testing.T) {
	const load = 0
	for _, test := range []struct {
		name    string
		numbers []uint64
		want    string // of the error of the last one
		knows   uint64
	}{
		{"loaded", []uint64{load}, "", 5},
		{"goes on after what was loaded", []uint64{load, 6, 7}, "", 7},
		{"hears again what was loaded", []uint64{load, 3, 4}, "", 5},
		{"hears all of it", []uint64{load, 5, 6}, "", 6},
		{"gap after what was loaded", []uint64{load, 7}, "loaded at 5, and the first message is 7", 5},
		{"gap", []uint64{load, 6, 8}, "number 8 came after 6", 6},
		{"gap in what was loaded", []uint64{load, 2, 4}, "number 4 came after 2", 5},
		{"twice", []uint64{load, 6, 6}, "number 6 came after 6", 6},
		{"out of order", []uint64{load, 6, 5}, "number 5 came after 6", 6},
		{"before the empty one", []uint64{6}, "before the empty message", 0},
		{"two empty ones", []uint64{load, 6, load}, "a second empty message", 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			var f feed
			var err error
			for i, number := range test.numbers {
				if err != nil {
					t.Fatalf("number %d: %v", test.numbers[i-1], err)
				}
				if number == load {
					err = f.begin(5)
				} else {
					err = f.next(number)
				}
			}
			if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
			if knows := f.knows(test.knows); knows != f.begun || f.knows(max(test.knows, 5)+1) {
				t.Errorf("%+v knows %d: %v, and more: %v", f, test.knows, knows, f.knows(max(test.knows, 5)+1))
			}
		})
	}
}
