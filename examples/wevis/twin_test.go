package wevis_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rootspush/roots/examples/wevis"
)

// The twin of the codec is written for shortness: it packs and unpacks with
// package binary, one argument after the other, and knows no bounds.

func twinFrame(m *wevis.Message) []byte {
	var fixed, vectors bytes.Buffer
	put := func(to io.Writer, v any) {
		if binary.Write(to, binary.LittleEndian, v) != nil {
			panic("not packed")
		}
	}
	put(&fixed, m.Definition().ID())
	for _, name := range slices.Sorted(maps.Keys(m.Values())) {
		value := m.Values()[name]
		if text, ok := value.(string); ok {
			value = []byte(text)
		}
		if v := reflect.ValueOf(value); v.Kind() == reflect.Slice {
			put(&fixed, uint32(v.Len()))
			put(&vectors, value)
		} else {
			put(&fixed, value)
		}
	}
	body := append(fixed.Bytes(), vectors.Bytes()...)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body...)
}

var errTwin = errors.New("the twin refuses")

func twinDecode(p *wevis.Protocol, body []byte) (name string, values wevis.Values, err error) {
	in := bytes.NewReader(body)
	var id uint32
	if binary.Read(in, binary.LittleEndian, &id) != nil || id < 1 || int(id) > len(p.Definitions()) {
		return "", nil, errTwin
	}
	d := p.Definitions()[id-1]
	values = wevis.Values{}
	targets := map[string]any{} // of the vectors
	for _, a := range d.Arguments() {
		var number any = new(uint32)
		switch a.Kind {
		case wevis.Int:
			number = new(int32)
		case wevis.Float:
			number = new(float64)
		}
		if binary.Read(in, binary.LittleEndian, number) != nil {
			return "", nil, errTwin
		}
		if count, ok := number.(*uint32); ok {
			if int64(*count) > int64(in.Len()) { // each element has a byte at least
				return "", nil, errTwin
			}
			switch a.Kind {
			case wevis.Singles:
				targets[a.Name] = make([]float32, *count)
			case wevis.Doubles:
				targets[a.Name] = make([]float64, *count)
			default:
				targets[a.Name] = make([]byte, *count)
			}
			continue
		}
		values[a.Name] = reflect.ValueOf(number).Elem().Interface()
	}
	for _, a := range d.Arguments() {
		target, ok := targets[a.Name]
		if !ok {
			continue
		}
		if binary.Read(in, binary.LittleEndian, target) != nil {
			return "", nil, errTwin
		}
		if text, ok := target.([]byte); ok && a.Kind == wevis.Str {
			if target, ok = twinText(text); !ok {
				return "", nil, errTwin
			}
		}
		values[a.Name] = target
	}
	if len(targets) > 0 && in.Len() > 0 {
		return "", nil, errTwin
	}
	return d.Name(), values, nil
}

// beginnings are all that a character may begin with, but no whole one.
var beginnings = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for r := rune(0x80); r <= 0x10ffff; r++ {
		whole := string(r) // U+FFFD for a surrogate, which is none
		for n := 1; n < len(whole); n++ {
			all[whole[:n]] = true
		}
	}
	return all
})

func twinText(b []byte) (string, bool) {
	valid := func(s string) bool { return strings.ToValidUTF8(s, "") == s }
	for n := 0; n <= min(3, len(b)); n++ {
		head := string(b[:len(b)-n])
		if n == 0 && valid(head) {
			return head, true
		}
		if valid(head) && beginnings()[string(b[len(b)-n:])] {
			return head + "\ufffd", true
		}
	}
	return "", false
}

// bits makes values comparable in which a NaN may be.
func bits(values wevis.Values) map[string]any {
	same := map[string]any{}
	for name, value := range values {
		switch v := value.(type) {
		case float64:
			same[name] = math.Float64bits(v)
		case []float32, []float64:
			packed, _ := binary.Append(nil, binary.LittleEndian, v)
			same[name] = string(packed)
		default:
			same[name] = value
		}
	}
	return same
}

// FuzzDecode compares the decoder with its twin, and what was decoded with what
// it is encoded to, over the wire and as text.
func FuzzDecode(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.frame)[4:])
	}
	f.Add([]byte("\x0b\x00\x00\x00\x03\x00\x00\x00Zo\xc3"))
	f.Add([]byte("\x0b\x00\x00\x00\x03\x00\x00\x00Zo\xff"))
	f.Add([]byte("\x09\x00\x00\x00\x03\x00\x00\x00Zo\xff!!!!!"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p := mixed(t)
		m, err := p.Decode(body)
		name, values, twinErr := twinDecode(p, body)
		if (err == nil) != (twinErr == nil) {
			t.Fatalf("the codec says %v, its twin %v", err, twinErr)
		}
		if err != nil {
			return
		}
		if m.Name() != name || !reflect.DeepEqual(bits(m.Values()), bits(values)) {
			t.Fatalf("got %v\nwant %s %v", m, name, values)
		}
		frame := m.Frame()
		if twin := twinFrame(m); !bytes.Equal(frame, twin) {
			t.Fatalf("got  %x\nwant %x", frame, twin)
		}
		again, err := p.Decode(frame[4:])
		if err != nil || !reflect.DeepEqual(bits(again.Values()), bits(m.Values())) {
			t.Fatalf("%v became %v over the wire, %v", m, again, err)
		}
		if told, err := p.FromText(m.Name(), m.Text()); err != nil || told.Text() != m.Text() {
			t.Fatalf("%v became %v as text, %v", m, told, err)
		}
	})
}

// FuzzRoundTrip encodes any values.
func FuzzRoundTrip(f *testing.F) {
	f.Add(int32(7), .25, "hi", []byte{0, 0xff}, []byte("\x00\x00\x00\x40\x00\x00\x40\x40"))
	f.Add(int32(-1), math.Inf(-1), "Zoë", []byte{}, []byte("\x00\x00\xc0\x7f\x01"))
	f.Fuzz(func(t *testing.T, zed int32, gamma float64, alpha string, beta, numbers []byte) {
		p := mixed(t)
		ff, dd := make([]float32, len(numbers)/4), make([]float64, len(numbers)/8)
		_, _ = binary.Decode(numbers, binary.LittleEndian, ff)
		_, _ = binary.Decode(numbers, binary.LittleEndian, dd)
		values := wevis.Values{"zed": zed, "gamma": gamma, "Alpha": alpha, "beta": beta, "ff": ff, "dd": dd}
		m, err := p.New("Mix", values)
		if valid := strings.ToValidUTF8(alpha, "") == alpha; valid != (err == nil) {
			t.Fatalf("the text %q: %v", alpha, err)
		}
		if err != nil {
			return
		}
		if twin := twinFrame(m); !bytes.Equal(m.Frame(), twin) {
			t.Fatalf("got  %x\nwant %x", m.Frame(), twin)
		}
		back, err := p.Decode(m.Frame()[4:])
		if err != nil || !reflect.DeepEqual(bits(back.Values()), bits(values)) {
			t.Fatalf("%v became %v, %v", m, back, err)
		}
	})
}
