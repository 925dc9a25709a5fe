package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// What is kept is bounded, whatever people do.
const (
	maxLists   = 1000
	maxMembers = 50  // of a list
	maxTasks   = 200 // of a list
	maxText    = 500 // characters
	maxName    = 30  // characters
	maxID      = 50  // bytes
)

// A refusal is an error that the user is told, with the HTTP status for it.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// lists keeps everybody's list, by the name of its owner. The zero value is
// ready, and all methods may be called from many goroutines at once.
type lists struct {
	mu     sync.Mutex // guards byName
	byName map[string]*list
}

// begin makes the list of a person who has none yet.
func (ls *lists) begin(owner string) error {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.byName[owner] != nil {
		return nil
	}
	if len(ls.byName) >= maxLists {
		return refuse(http.StatusConflict, "there are %d lists already, no more people can come", maxLists)
	}
	if ls.byName == nil {
		ls.byName = map[string]*list{}
	}
	ls.byName[owner] = &list{name: owner, members: map[string]bool{owner: true}, tasks: map[string]task{}}
	return nil
}

// get returns a list to who is a member of it. This is the one check of who may
// do what: reading, writing, sharing and hearing all begin here. A list that
// does not exist is refused like one of others, so that nobody learns which do.
func (ls *lists) get(who, name string) (*list, error) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.byName[name]
	if l == nil || !l.has(who) {
		return nil, refuse(http.StatusForbidden, "you are not a member of list %.100q", name)
	}
	return l, nil
}

// of returns the names of the lists that a person is a member of, their own
// first.
func (ls *lists) of(who string) []string {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	names := []string{who}
	for _, name := range slices.Sorted(maps.Keys(ls.byName)) {
		if name != who && ls.byName[name].has(who) {
			names = append(names, name)
		}
	}
	return names
}

// A list has members and tasks. Its version grows by one with each change.
type list struct {
	name string

	mu      sync.Mutex // guards all below
	members map[string]bool
	version int
	tasks   map[string]task
}

// A task is what is sent to the pages, in answers and in pushes. Version is
// that of the list at the last change, so of two records with the same id the
// one with the higher version is the newer; Created is that of the first.
type task struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Created int    `json:"created"`
	Text    string `json:"text"`
	Done    bool   `json:"done"`
}

// A deletion is what is left of a task.
type deletion struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Deleted bool   `json:"deleted"`
}

// A snapshot is a list as a whole, at one moment.
type snapshot struct {
	Version int    `json:"version"`
	Tasks   []task `json:"tasks"`
}

func (l *list) has(who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.members[who]
}

// share makes somebody a member, and returns all members. Doing so again
// changes nothing.
func (l *list) share(with string) ([]string, error) {
	with, err := cleanName(with)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.members) >= maxMembers && !l.members[with] {
		return nil, refuse(http.StatusConflict, "the list has %d members, no more are allowed", maxMembers)
	}
	l.members[with] = true
	return slices.Sorted(maps.Keys(l.members)), nil
}

func (l *list) memberNames() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.members))
}

// all returns the tasks in the order in which they were added.
func (l *list) all() snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	tasks := slices.SortedFunc(maps.Values(l.tasks), func(a, b task) int { return cmp.Compare(a.Created, b.Created) })
	return snapshot{l.version, append([]task{}, tasks...)} // never nil, which would be null in JSON
}

// add puts a new task on the list. The page makes up the id: when no answer
// came it adds the task again, and if there is one with that id already nothing
// changes.
func (l *list) add(id, text string) (task, error) {
	if !isID(id) {
		return task{}, refuse(http.StatusBadRequest, "id %.100q must be 1 to %d letters, digits and \"-\", made up at random", id, maxID)
	}
	text, err := cleanText(text)
	if err != nil {
		return task{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if t, there := l.tasks[id]; there {
		return t, nil
	}
	if len(l.tasks) >= maxTasks {
		return task{}, refuse(http.StatusConflict, "the list has %d tasks, delete one before you add another", maxTasks)
	}
	l.version++
	t := task{ID: id, Version: l.version, Created: l.version, Text: text}
	l.tasks[id] = t
	return t, nil
}

// put changes a task.
func (l *list) put(id, text string, done bool) (task, error) {
	text, err := cleanText(text)
	if err != nil {
		return task{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t, there := l.tasks[id]
	if !there {
		return task{}, noSuchTask(id)
	}
	l.version++
	t.Version, t.Text, t.Done = l.version, text, done
	l.tasks[id] = t
	return t, nil
}

// remove takes a task off the list.
func (l *list) remove(id string) (deletion, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, there := l.tasks[id]; !there {
		return deletion{}, noSuchTask(id)
	}
	l.version++
	delete(l.tasks, id)
	return deletion{ID: id, Version: l.version, Deleted: true}, nil
}

func noSuchTask(id string) error {
	return refuse(http.StatusNotFound, "task %.100q is not on the list, perhaps somebody deleted it", id)
}

func isID(id string) bool {
	const letters = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return id != "" && len(id) <= maxID && strings.Trim(id, letters) == ""
}

func cleanText(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > maxText {
		return "", refuse(http.StatusBadRequest, "the text has %d characters, 1 to %d are allowed", n, maxText)
	}
	return text, nil
}

// cleanName returns a name as it is kept. What is left in it means nothing
// special in a path, so that every list has one of its own.
func cleanName(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	strange := strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' })
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strange {
		return "", refuse(http.StatusBadRequest, "name %.100q must be 1 to %d letters, digits and \"-\"", name, maxName)
	}
	return name, nil
}
