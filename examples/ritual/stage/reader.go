package stage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A reader reads the files of a script, as much as there may be of it.
type reader struct {
	files     fs.FS
	left      int      // bytes that there may be
	addresses []string // of HTTP that stand in what was read
}

// isVisible says whether a file may be named by a client or a script: nothing in
// it leads out, and nothing is hidden.
func isVisible(name string) bool {
	for segment := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(segment, ".") {
			return false
		}
	}
	return fs.ValidPath(name) && !strings.ContainsAny(name, "\\\x00")
}

// has says whether there is such a file.
func (r *reader) has(name string) bool {
	info, err := fs.Stat(r.files, name)
	return err == nil && info.Mode().IsRegular()
}

func (r *reader) file(name string) ([]byte, error) {
	if !r.has(name) {
		return nil, errors.New("there is no such file")
	}
	f, err := r.files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPageFile+1))
	switch r.left -= len(text); {
	case err != nil:
		return nil, err
	case len(text) > maxPageFile:
		return nil, fmt.Errorf("it has more than %d bytes", maxPageFile)
	case r.left < 0:
		return nil, fmt.Errorf("with this file the script has more than %d bytes", maxScript)
	case !utf8.Valid(text):
		return nil, errors.New("it must be UTF-8 text")
	}
	return text, nil
}

// svg reads a picture. It goes to clients as it is, so that whatever browsers show
// is fine, and no more is asked than that it is one.
func (r *reader) svg(name string) (string, error) {
	text, err := r.file(name)
	if err == nil && !strings.Contains(string(text), "<svg") {
		err = errors.New("it must be an SVG picture, and there is no <svg in it")
	}
	return string(text), err
}

// object reads a JSON object, and notes the addresses in it.
func (r *reader) object(name string) (text []byte, given map[string]json.RawMessage, err error) {
	if text, err = r.file(name); err != nil {
		return nil, nil, err
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, nil, err
	}
	if _, is := value.(map[string]any); !is {
		return nil, nil, errNoObject
	}
	r.note(value)
	return text, given, json.Unmarshal(text, &given)
}

var errNoObject = errors.New(`it must be an object, as in {"widget": "Histogram"}`)

// note looks for addresses in a value of JSON.
func (r *reader) note(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, v := range value {
			r.note(v)
		}
	case []any:
		for _, v := range value {
			r.note(v)
		}
	case string:
		if u, err := url.Parse(value); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
			r.addresses = append(r.addresses, value)
		}
	}
}

// checkNoMore refuses pages that nobody would come to, as one before is missing.
func (r *reader) checkNoMore(pages int) error {
	entries, err := fs.ReadDir(r.files, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		number, isPage := strings.CutSuffix(e.Name(), path.Ext(e.Name()))
		n, err := strconv.Atoi(number)
		if isPage && err == nil && n > pages && strconv.Itoa(n) == number && (path.Ext(e.Name()) == ".svg" || path.Ext(e.Name()) == ".json") {
			return fmt.Errorf("%d.svg: it is missing, but there is %s", pages+1, e.Name())
		}
	}
	return nil
}
