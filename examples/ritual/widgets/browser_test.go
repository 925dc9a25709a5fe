package widgets

import (
	"encoding/json"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/rootspush/roots/internal/testenv"
)

// TestJavaScript runs what browsers run, under node: by itself, and with what the
// Go side told through a life of each widget.
func TestJavaScript(t *testing.T) {
	node := testenv.Need(t, "node", "nodejs")
	text, err := json.Marshal(map[string][]json.RawMessage{
		"PhotoCollage": photoCollageHistory(t),
		"Histogram":    textHistory(t, "Histogram", `{"saveas":"s","boxColors":{"input":"#111111","result":"#222222"}}`, "x", "1990", "1990", "1995", "1960", "2020"),
		"CrossWords":   textHistory(t, "CrossWords", `{"image":"big.png","size":40,"boxColors":{"input":"#111111","content":"#222222"}}`, "name", "grandmother", "ancestor", "<b>", "Mary Ann"),
		"Trivia":       textHistory(t, "Trivia", `{"boxColors":{"controls":"#111111","results":"#222222"}}`, "txt", "<b>bread</b>", "peace", "\u202eturned"),
		"CircleFlames": circleFlamesHistory(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	histories := filepath.Join(t.TempDir(), "histories.json")
	if err := os.WriteFile(histories, text, 0o600); err != nil {
		t.Fatal(err)
	}
	tests, err := filepath.Glob("test/*.test.mjs")
	if err != nil || len(tests) == 0 {
		t.Fatalf("there are no tests: %v", err)
	}
	run := exec.CommandContext(t.Context(), node, append([]string{"--import", "./test/hooks.mjs", "--test"}, tests...)...)
	run.Env = append(os.Environ(), "HISTORIES="+histories)
	out, err := run.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// textHistory gives what is told from before the first of some texts to after
// the last.
func textHistory(t *testing.T, kind, terms, field string, texts ...string) []json.RawMessage {
	t.Helper()
	files := fstest.MapFS{"big.png": file(t, painted(4, 3, func(int, int) color.Color { return white }))}
	ritual := inRitual(t, files, kind, terms)
	history := []json.RawMessage{json.RawMessage(ritual.Status("c"))}
	for _, text := range texts {
		post(t, ritual, field, text, "ANN")
		history = append(history, json.RawMessage(ritual.Status("c")))
	}
	return history
}

// photoCollageHistory has photos shrink, and some go again.
func photoCollageHistory(t *testing.T) (history []json.RawMessage) {
	t.Helper()
	files := fstest.MapFS{"big.png": file(t, plain(white))}
	ritual := inRitual(t, files, "PhotoCollage", `{"bigimage":"big.png","boxcolor":"#111111"}`)
	for i := range gridSize*gridSize + 10 {
		if i%20 == 0 {
			history = append(history, json.RawMessage(ritual.Status("c")))
		}
		postPhoto(t, ritual, 4, 3, "ANN")
	}
	return append(history, json.RawMessage(ritual.Status("c")))
}

func circleFlamesHistory(t *testing.T) []json.RawMessage {
	t.Helper()
	ritual := withSaved(7)
	if err := ritual.Show("CircleFlames", `{"victims":["words"],"flames":"faces"}`); err != nil {
		t.Fatal(err)
	}
	return []json.RawMessage{json.RawMessage(ritual.Status("c"))}
}
