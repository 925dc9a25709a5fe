package wevis_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rootspush/roots/examples/wevis"
	"github.com/rootspush/roots/examples/wevis/clock"
)

// mixed is the protocol of the clock with a message that has all types.
func mixed(t testing.TB) *wevis.Protocol {
	t.Helper()
	p := clock.Protocol()
	if err := p.Parse("mixed", "Mix zed=int Alpha=str beta=bytes gamma=float dd=?d ff=?f"); err != nil {
		t.Fatal(err)
	}
	return p
}

// vectors are messages with their bytes on the wire.
var vectors = []struct {
	name   string
	values wevis.Values
	frame  string
}{
	{"_ping", nil, "04000000 01000000"},
	{"_pong", nil, "04000000 02000000"},
	{"_welcome", wevis.Values{"salt": "ab"}, "0a000000 03000000 02000000 6162"},
	{"_login", wevis.Values{"password": "pw", "username": "michael", "version": "1.0.0"},
		"1e000000 04000000 02000000 07000000 05000000 7077 6d69636861656c 312e302e30"},
	{"_loginReject", wevis.Values{"reason": "Invalid credentials."},
		"1c000000 05000000 14000000 496e76616c69642063726564656e7469616c732e"},
	{"_loginAccept", nil, "04000000 06000000"},
	{"ItIs", wevis.Values{"hours": int32(13), "minutes": int32(5)}, "0c000000 09000000 0d000000 05000000"},
	{"ItIs", wevis.Values{"hours": int32(-1), "minutes": int32(-2147483648)}, "0c000000 09000000 ffffffff 00000080"},
	{"YouAre", wevis.Values{"name": "michael"}, "0f000000 0b000000 07000000 6d69636861656c"},
	{"YouAre", wevis.Values{"name": "Zoë"}, "0c000000 0b000000 04000000 5a6fc3ab"},
	{"YouAre", wevis.Values{"name": ""}, "08000000 0b000000 00000000"},
	{"SomeFloats", wevis.Values{"singles": []float32{0, .5}, "doubles": []float64{1.5}},
		"1c000000 0d000000 01000000 02000000 000000000000f83f 00000000 0000003f"},
	{"Mix", wevis.Values{"zed": int32(7), "Alpha": "hi", "beta": []byte{0, 0xff}, "gamma": .25, "dd": []float64{1}, "ff": []float32{2, 3}},
		"34000000 0e000000 02000000 02000000 01000000 02000000 000000000000d03f 07000000 6869 00ff 000000000000f03f 00000040 00004040"},
}

func TestVectors(t *testing.T) {
	p := mixed(t)
	for _, v := range vectors {
		m, err := p.New(v.name, v.values)
		frame := must(t, m, err).Frame()
		if want := unhex(t, v.frame); !bytes.Equal(frame, want) {
			t.Errorf("%v\ngot  %x\nwant %x", m, frame, want)
		}
		back, err := p.Decode(frame[4:])
		if err != nil || back.Name() != v.name {
			t.Errorf("%v was read as %v, %v", m, back, err)
			continue
		}
		if diff := cmp.Diff(m.Values(), back.Values()); diff != "" {
			t.Errorf("%s: %s", v.name, diff)
		}
	}
}

func TestEncrypt(t *testing.T) {
	const want = "51d3cea892ff4d81c248c5b15c318630f82d6ddcb77170be52c3a93a638dcb356966868eb19c39f2d089e88ea176a6bec9f881d6594442046f4e25256f82fb52"
	if got := wevis.Encrypt("mypassword", "abc"); got != want {
		t.Errorf("got %s", got)
	}
}

func TestDecode(t *testing.T) {
	p := mixed(t)
	for _, test := range []struct{ body, want string }{
		{"01000000", `_ping {}`},
		{"01000000 ffff", `_ping {}`}, // without vectors what follows is ignored
		{"09000000 0d000000 05000000 00", `ItIs {"hours":13,"minutes":5}`},
		{"0b000000 03000000 5a6fc3", `YouAre {"name":"Zo` + "\ufffd" + `"}`}, // as an original sends Zoë
		{"0b000000 03000000 f09f99", `YouAre {"name":"` + "\ufffd" + `"}`},
		{"0b000000 03000000 efbfbd", `YouAre {"name":"` + "\ufffd" + `"}`},
		{"0d000000 01000000 03000000 000000000000f07f 0000c07f 000080ff 00000080", `SomeFloats {"doubles":["Infinity"],"singles":["NaN","-Infinity",-0]}`},

		{"", "a frame of 0 bytes is too short, 4 are needed"},
		{"010000", "a frame of 3 bytes is too short"},
		{"00000000", "no message with number 0, only with 1 to 14"},
		{"0f000000", "no message with number 15, only with 1 to 14"},
		{"ffffffff", "no message with number 4294967295"},
		{"09000000 0d000000 050000", `message "ItIs": it ends before argument "minutes"`},
		{"0b000000 08000000 6d69636861656c", `argument "name" is to have 8 bytes, but only 7 are left`},
		{"0b000000 06000000 6d69636861656c", "there are 1 bytes after its last argument"},
		{"0b000000 ffffffff", `is to have 4294967295 bytes, but only 0 are left`},
		{"0d000000 ffffffff ffffffff", `argument "doubles" is to have 34359738360 bytes`},
		{"0b000000 01000000 ff", `argument "name": the text is not UTF-8`},
		{"0b000000 03000000 c35a6f", `argument "name": the text is not UTF-8`},
		{"0b000000 03000000 5ac3c3", `argument "name": the text is not UTF-8`},
		{"0b000000 03000000 eda080", `argument "name": the text is not UTF-8`}, // a surrogate
	} {
		m, err := p.Decode(unhex(t, test.body))
		got := ""
		if err == nil {
			got = m.String()
		} else {
			got = err.Error()
		}
		if err == nil && got != test.want || err != nil && !strings.Contains(got, test.want) {
			t.Errorf("%s: got %s, want %s", test.body, got, test.want)
		}
	}
}

// TestMaxFrame: a frame may be as long as MaxFrame and no longer.
func TestMaxFrame(t *testing.T) {
	p := clock.Protocol()
	p.MaxFrame = 16
	if _, err := p.New("YouAre", wevis.Values{"name": "12345678"}); err != nil {
		t.Error(err)
	}
	_, err := p.New("YouAre", wevis.Values{"name": "123456789"})
	if err == nil || !strings.Contains(err.Error(), "takes a frame of 17 bytes, at most 16 are allowed") {
		t.Errorf("got %v", err)
	}
}
