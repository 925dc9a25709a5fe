//go:build !unix

package main

// ownMaxFiles reports false: there is no such limit.
func ownMaxFiles() (most float64, ok bool) { return 0, false }
