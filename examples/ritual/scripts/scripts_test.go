package scripts

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/ritual/widget/widgettest"
	"github.com/rootspush/roots/examples/ritual/widgets"
)

// names are those of the scripts.
func names(t *testing.T) (all []string) {
	t.Helper()
	entries, err := fs.ReadDir(Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}

// files are those of a script that match a pattern, each with its content.
func files(t *testing.T, script, pattern string) map[string][]byte {
	t.Helper()
	matches, err := fs.Glob(Files, script+"/"+pattern)
	if err != nil || len(matches) == 0 {
		t.Fatalf("%s has no %s: %v", script, pattern, err)
	}
	all := map[string][]byte{}
	for _, name := range matches {
		if all[name], err = fs.ReadFile(Files, name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// terms are what a page says, decoded.
func terms(t *testing.T, name string, content []byte) (page map[string]any) {
	t.Helper()
	if err := json.Unmarshal(content, &page); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return page
}

// A shape is a path or rect of a picture.
type shape struct {
	stroke, style string
}

// shapes reads a picture whole, and gives its paths and rects.
func shapes(t *testing.T, name string, content []byte) (all []shape) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(string(content)))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if slices.Contains([]string{"script", "image", "foreignObject"}, element.Name.Local) {
			t.Errorf("%s has a %s in it", name, element.Name.Local)
		}
		if element.Name.Local == "path" || element.Name.Local == "rect" {
			all = append(all, shape{attribute(element, "stroke"), attribute(element, "style")})
		}
	}
}

func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// colours are those of the boxes that a page names.
func colours(page map[string]any) (all []string) {
	for key, value := range page {
		switch strings.ToLower(key) {
		case "boxcolor":
			all = append(all, fmt.Sprint(value))
		case "boxcolors":
			for _, colour := range value.(map[string]any) {
				all = append(all, fmt.Sprint(colour))
			}
		}
	}
	return all
}

// TestBoxes: each colour that a page names is that of one path or rect of its
// picture, as the text that browsers look for, and no page names one twice.
func TestBoxes(t *testing.T) {
	for _, script := range names(t) {
		named := map[string]string{}
		for name, content := range files(t, script, "*.json") {
			for _, colour := range colours(terms(t, name, content)) {
				if other := named[colour]; other != "" {
					t.Errorf("%s and %s both name %s", other, name, colour)
				}
				named[colour] = name
				picture := strings.TrimSuffix(name, ".json") + ".svg"
				found := 0
				for _, s := range shapes(t, picture, files(t, script, path.Base(picture))[picture]) {
					if s.stroke == colour || strings.Contains(s.style, "stroke:"+colour) {
						found++
					}
				}
				if found != 1 {
					t.Errorf("%s has %d boxes of the colour %s that %s names", picture, found, colour, name)
				}
			}
		}
		if len(named) == 0 {
			t.Errorf("%s names no boxes", script)
		}
	}
}

// TestPages: pages are numbered without a gap, each is a picture, and no terms
// are without one.
func TestPages(t *testing.T) {
	for script, last := range map[string]int{"short": 5, "everything": 13} {
		pictures := files(t, script, "*.svg")
		for n := 1; n <= last; n++ {
			if name := fmt.Sprintf("%s/%d.svg", script, n); pictures[name] == nil {
				t.Errorf("there is no %s", name)
			}
		}
		for name, content := range pictures {
			shapes(t, name, content)
		}
		for name := range files(t, script, "*.json") {
			if name != script+"/index.json" && pictures[strings.TrimSuffix(name, ".json")+".svg"] == nil {
				t.Errorf("%s has no picture", name)
			}
		}
	}
}

// TestFilesExist: whatever file the terms name is there.
func TestFilesExist(t *testing.T) {
	for _, script := range names(t) {
		for name, content := range files(t, script, "*.json") {
			page := terms(t, name, content)
			for _, key := range []string{"background", "bigimage", "image", "captions", "backing", "videoUrl", "playbackUrl"} {
				file, ok := page[key].(string)
				if !ok {
					continue
				}
				if _, err := fs.Stat(Files, script+"/"+strings.TrimPrefix(file, "namedimg/")); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// TestEveryWidget: the pages of a script can be shown one after the other, and
// "everything" has each widget that there is, once.
func TestEveryWidget(t *testing.T) {
	for _, script := range names(t) {
		folder, err := fs.Sub(Files, script)
		if err != nil {
			t.Fatal(err)
		}
		ritual := widgettest.New(folder)
		var kinds []string
		for name, content := range files(t, script, "*.json") {
			kind, ok := terms(t, name, content)["widget"].(string)
			if !ok {
				continue
			}
			kinds = append(kinds, kind)
			if err := ritual.Show(kind, string(content)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		slices.Sort(kinds)
		if script != "everything" {
			continue
		}
		if diff := cmp.Diff(documented(t), kinds); diff != "" {
			t.Errorf("the widgets of %s (-all +used):\n%s", script, diff)
		}
	}
}

// documented are the names of all widgets that have a page of documentation.
func documented(t *testing.T) (kinds []string) {
	t.Helper()
	pages, err := fs.Glob(widgets.Files, "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if page != "README.md" {
			kinds = append(kinds, strings.TrimSuffix(page, ".md"))
		}
	}
	return kinds
}

// TestKeptNames: what a page takes from an earlier one is what that keeps.
func TestKeptNames(t *testing.T) {
	kept := map[string]bool{}
	for n := range 13 {
		name := fmt.Sprintf("everything/%d.json", n+1)
		content, err := fs.ReadFile(Files, name)
		if err != nil {
			continue // a page without terms
		}
		page := terms(t, name, content)
		var wanted []any
		wanted = append(wanted, page["images"], page["flames"])
		if victims, ok := page["victims"].([]any); ok {
			wanted = append(wanted, victims...)
		}
		for _, want := range wanted {
			if want != nil && !kept[want.(string)] {
				t.Errorf("%s wants %q, which no page before it keeps", name, want)
			}
		}
		if saveas, ok := page["saveas"].(string); ok {
			kept[saveas] = true
		}
	}
	if len(kept) == 0 {
		t.Error("nothing is kept")
	}
}

// TestSize: the scripts are a small part of the program.
func TestSize(t *testing.T) {
	size := 0
	for _, script := range names(t) {
		for _, content := range files(t, script, "*") {
			size += len(content)
		}
	}
	if most := 1 << 20; size > most {
		t.Errorf("the scripts have %d bytes, more than %d", size, most)
	}
}
