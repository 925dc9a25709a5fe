package main

import "net/http"

func (a *app) getTasks(_ *http.Request, l *list, _ string) (any, error) {
	return l.all(), nil
}

func (a *app) addTask(r *http.Request, l *list, _ string) (any, error) {
	var sent task
	if err := readJSON(r, &sent); err != nil {
		return nil, err
	}
	added, err := l.add(sent.ID, sent.Text)
	return a.changed(l, added, err)
}

func (a *app) putTask(r *http.Request, l *list, id string) (any, error) {
	var sent task
	if err := readJSON(r, &sent); err != nil {
		return nil, err
	}
	put, err := l.put(id, sent.Text, sent.Done)
	return a.changed(l, put, err)
}

func (a *app) deleteTask(_ *http.Request, l *list, id string) (any, error) {
	deleted, err := l.remove(id)
	return a.changed(l, deleted, err)
}

// changed answers with the record that a change has left.
func (a *app) changed(l *list, record any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	a.tell(l, record) // push
	return record, nil
}

// addMember shares the list with somebody.
func (a *app) addMember(r *http.Request, l *list, _ string) (any, error) {
	var sent struct{ Name string }
	if err := readJSON(r, &sent); err != nil {
		return nil, err
	}
	members, err := l.share(sent.Name)
	return map[string][]string{"members": members}, err
}
