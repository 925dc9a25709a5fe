//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bustle

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rootspush/roots/examples/bustle/hush"
	"github.com/rootspush/roots/imperio"
)

const (
	townHomes  = 200
	townEvents = 10_000
)

// TestBusyTown has 200 homes and 10,000 random events, and compares with a model that
// keeps lists of what everybody did: once it looks, in fake time, and once it watches.
func TestBusyTown(t *testing.T) {
	t.Run("looks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newPlace(t)
			p.o.Poll = true
			busyTown(p, 30*time.Millisecond, func() { synctest.Wait() }, 0)
		})
	})
	t.Run("watches", func(t *testing.T) {
		busyTown(newPlace(t), 0, func() {}, 2*time.Second)
	})
}

// busyTown runs the town. Between events it waits for a time that is between nothing
// and twice nap. A line may come late, by the time that the machine needs.
func busyTown(p *place, nap time.Duration, wait func(), late time.Duration) {
	p.o.Look = 2 * time.Second
	p.o.Window, p.o.Each, p.o.All = 30*time.Second, hush.PerMinute(1), hush.PerMinute(100)
	o := p.o
	m := &model{place: p, random: rand.New(rand.NewPCG(1, 2)), wait: wait, possible: map[string]bool{}}
	for i := range townHomes {
		m.people = append(m.people, &person{name: fmt.Sprintf("u%d", i)})
		p.build(m.people[i].name)
	}
	p.run()
	for range townEvents {
		m.event()
		if nap > 0 {
			time.Sleep(time.Duration(m.random.Int64N(int64(2 * nap))))
		}
	}
	for _, who := range m.people {
		m.comeBack(who)
		m.endLine(who)
	}
	for range 600 { // it is done when all shouts have been told
		if m.listen(); m.told == m.shouts {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(2 * o.Look) // for what should not come any more
	wait()
	m.listen()
	p.stop()
	m.compareShouts()
	m.compareAmbience(o, late)
	m.compareLogs()
}

// A model is what really went on.
type model struct {
	*place
	random       *rand.Rand
	wait         func() // until the town has taken in what happened
	people       []*person
	possible     map[string]bool // ambience that may be told
	shouts, told int
	all          []said
}

// A person has done these things.
type person struct {
	name  string
	wrote int    // shouts
	told  int    // of them
	rest  string // of a line that was written in part
	away  bool
}

var tellsShout = regexp.MustCompile(`^(~(u\d+)|someone) shouts, '(u\d+)-(\d+)'$`)

// listen takes what was said, and checks that each shout is the next of who shouts.
func (m *model) listen() {
	for _, one := range m.heard() {
		m.all = append(m.all, one)
		found := tellsShout.FindStringSubmatch(one.line)
		if found == nil {
			continue
		}
		var index, number int
		fmt.Sscan(found[3][1:]+" "+found[4], &index, &number)
		who := m.people[index]
		if anonymous := number%3 == 2; number != who.told || anonymous != (found[1] == "someone") || !anonymous && found[2] != who.name {
			m.Fatalf("it says %q, but number %d of %s is next", one.line, who.told, who.name)
		}
		who.told++
		m.told++
	}
}

// allTold says whether nothing of a person is on its way.
func (m *model) allTold(who *person) bool {
	m.listen()
	return who.told > 0 && who.told == who.wrote && who.rest == ""
}

// event has somebody do something.
func (m *model) event() {
	who := m.people[m.random.IntN(len(m.people))]
	if who.away {
		m.comeBack(who)
		return
	}
	home := m.home(who.name)
	switch m.random.IntN(16) {
	default:
		m.shout(who)
	case 6:
		line := m.nextShout(who)
		cut := m.random.IntN(len(line))
		m.say(who, line[:cut])
		who.rest = line[cut:]
	case 7:
		m.say(who, []string{"\n", " \n", "{}\n", `{"kind":"song"}` + "\n", `{"kind":"noise","place":"/"}` + "\n"}[m.random.IntN(5)])
	case 8:
		m.touch(filepath.Join(home, fmt.Sprint("file", m.random.IntN(5))), "~"+who.name+" just created a new file", "~"+who.name+" is moving around in their home directory")
	case 9:
		m.touch(filepath.Join(home, htmlFolder, "index.html"), "~"+who.name+" just added to their public_html", "~"+who.name+" just created a new file")
	case 10:
		ok(m, os.MkdirAll(filepath.Join(home, diaryFolder), 0o755))
		m.touch(filepath.Join(home, diaryFolder, "today"), "there is a rattling sound in ttbp")
	case 11:
		m.say(who, `{"kind":"noise","place":"bbj"}`+"\n")
		m.possible["some things are knocking around on bbj"] = true
	case 12, 13:
		m.spoilSpool(who)
	case 14:
		if m.allTold(who) {
			ok(m, os.Rename(home, filepath.Join(m.dir, who.name)))
			who.away = true
		}
	case 15:
		m.touch(filepath.Join(home, "draft~"))
	}
}

func (m *model) touch(file string, tells ...string) {
	write(m, file, fmt.Sprint(m.random.Int()))
	for _, line := range tells {
		m.possible[line] = true
	}
}

func (m *model) nextShout(who *person) string {
	text := fmt.Sprintf("%s-%d", who.name, who.wrote)
	line := []string{text, fmt.Sprintf(`{"kind":"shout","text":%q}`, text), fmt.Sprintf(`{"text":%q,"anon":true}`, text)}[who.wrote%3]
	who.wrote++
	m.shouts++
	return line + "\n"
}

func (m *model) shout(who *person) { m.say(who, m.nextShout(who)) }

func (m *model) say(who *person, text string) {
	m.endLine(who)
	add(m, m.spoolOf(who.name), text)
}

func (m *model) endLine(who *person) {
	if rest := who.rest; rest != "" {
		who.rest = ""
		add(m, m.spoolOf(who.name), rest)
	}
}

// spoilSpool does what the owner of a spool may do when all of it was told: another
// line follows at once.
func (m *model) spoilSpool(who *person) {
	if !m.allTold(who) {
		return
	}
	file := m.spoolOf(who.name)
	switch m.random.IntN(3) {
	case 0:
		ok(m, os.Truncate(file, 0))
	case 1:
		ok(m, os.Remove(file))
	case 2:
		ok(m, os.Rename(file, file+".old"))
	}
	m.shout(who)
}

func (m *model) comeBack(who *person) {
	if who.away {
		who.away = false
		ok(m, os.Rename(filepath.Join(m.dir, who.name), m.home(who.name)))
		m.possible["~"+who.name+" just created a new file"] = true // if it is watched by its old name for a moment
		m.possible["~"+who.name+" is moving around in their home directory"] = true
	}
}

// compareShouts: each was told exactly once; listen has checked their order.
func (m *model) compareShouts() {
	for _, who := range m.people {
		if who.told != who.wrote {
			m.Errorf("of %d shouts of %s, %d were told", who.wrote, who.name, who.told)
		}
	}
	m.Logf("%d shouts and %d other lines were told", m.told, len(m.all)-m.told)
}

// compareAmbience: what is told has happened, and is within its limits.
func (m *model) compareAmbience(o Options, late time.Duration) {
	last := map[string]time.Time{}
	speakers := map[string][]time.Time{}
	for _, one := range m.all {
		if tellsShout.MatchString(one.line) {
			continue
		}
		if !m.possible[one.line] {
			m.Errorf("it says %q, which never happened", one.line)
		}
		if before, was := last[one.line]; was && one.at.Sub(before) < o.Window-late {
			m.Errorf("it says %q again after %v", one.line, one.at.Sub(before))
		}
		last[one.line] = one.at
		speakers["all"] = append(speakers["all"], one.at)
		if who, _, some := strings.Cut(one.line, " "); some && strings.HasPrefix(who, "~") {
			speakers[who] = append(speakers[who], one.at)
		}
	}
	if len(speakers["all"]) < o.All.Burst {
		m.Errorf("only %d lines of ambience are told", len(speakers["all"]))
	}
	for who, times := range speakers {
		rate := o.Each
		if who == "all" {
			rate = o.All
		}
		for i := range times {
			for j := i; j < len(times); j++ {
				if most := rate.Burst + int((times[j].Sub(times[i])+late)/rate.Every); j-i+1 > most {
					m.Fatalf("of %s there are %d lines within %v, at most %d are allowed", who, j-i+1, times[j].Sub(times[i]), most)
				}
			}
		}
	}
}

// compareLogs: the log has what was told, and the audit log each shout once, too.
func (m *model) compareLogs() {
	var lines []string
	for _, one := range m.all {
		lines = append(lines, one.line)
	}
	same(m, "the log", lines, linesOf(contents(m, m.o.Log)))
	shouts := 0
	for entry, err := range imperio.ReadRecording(strings.NewReader(contents(m, m.o.Audit))) {
		ok(m, err)
		if strings.HasPrefix(entry.Path, spoolPath) && readEvent(entry.Path, entry.Message).Kind == shout {
			shouts++
		}
	}
	same(m, "shouts in the audit log", m.shouts, shouts)
}
