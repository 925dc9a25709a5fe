package stage

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A login is somebody's e-mail address, name and photo. It says who they claim to
// be, and proves nothing.
type login struct {
	rid      string // names them for others: their cookie, their photo
	email    string
	name     string
	portrait []byte // a PNG
	used     time.Time
}

// logins are those of a server. All methods may be called from many goroutines.
type logins struct {
	key []byte

	mu    sync.Mutex // guards all below
	byRID map[string]login
}

func newLogins(key string) *logins {
	return &logins{key: []byte(key), byRID: map[string]login{}}
}

// rid is the id of an e-mail address: in base 36, with a sign, as the original has
// it, but the same each time the server starts. Who does not have the key can't
// find the address that belongs to an id by trying.
func (ls *logins) rid(email string) string {
	sum := hmac.New(sha256.New, ls.key)
	sum.Write([]byte(strings.ToLower(strings.TrimSpace(email))))
	number := int64(binary.BigEndian.Uint64(sum.Sum(nil)))
	return strings.ToUpper(strconv.FormatInt(number, 36))
}

// get returns a login, which has no rid if it is unknown.
func (ls *logins) get(rid string) login {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	return ls.byRID[rid]
}

func (ls *logins) withEmail(email string) login { return ls.get(ls.rid(email)) }

// put keeps a login. Where there are as many as there may be, the one that was not
// used for the longest is forgotten.
func (ls *logins) put(l login) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if _, known := ls.byRID[l.rid]; !known && len(ls.byRID) >= maxLogins {
		ls.forgetOne()
	}
	l.used = time.Now()
	ls.byRID[l.rid] = l
}

func (ls *logins) forgetOne() {
	var oldest login
	for _, l := range ls.byRID {
		if oldest.rid == "" || l.used.Before(oldest.used) {
			oldest = l
		}
	}
	delete(ls.byRID, oldest.rid)
}

// use notes that logins are used, and returns those that are known, each once.
func (ls *logins) use(rids []string) (known []string) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	seen := map[string]bool{}
	for _, rid := range rids {
		l, is := ls.byRID[rid]
		if !is || seen[rid] || len(known) == maxPerPage {
			continue
		}
		seen[rid] = true
		l.used = time.Now()
		ls.byRID[rid] = l
		known = append(known, rid)
	}
	return known
}

func (ls *logins) names(rids []string) (names []string) {
	for _, rid := range rids {
		names = append(names, ls.get(rid).name)
	}
	return names
}

// checkPerson says what is wrong with what somebody is called.
func checkPerson(name string) error {
	switch {
	case name == "":
		return refuse(http.StatusBadRequest, "the name is missing")
	case len(name) > maxName:
		return refuse(http.StatusBadRequest, "the name has %d bytes, at most %d are allowed", len(name), maxName)
	}
	return nil
}
