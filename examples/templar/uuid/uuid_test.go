package uuid_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/rootspush/roots/examples/templar/uuid"
)

func ExampleNew() {
	fmt.Println(len(uuid.New()))
	// Output: 36
}

func TestNew(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := uuid.New()
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("%q is no UUID, or not the first", id)
		}
		seen[id] = true
	}
}
