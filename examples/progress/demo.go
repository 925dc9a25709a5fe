package main

import (
	"os"
	"path/filepath"
)

// demoFolder makes a folder with something to see in it.
func demoFolder() (folder string, err error) {
	folder, err = os.MkdirTemp("", "progress-")
	if err != nil {
		return "", err
	}
	readme := "Change this file, or put another beside it:\n\n    date >> " + filepath.Join(folder, everyone, "clock.txt") + "\n"
	if err = os.Mkdir(filepath.Join(folder, everyone), 0o755); err == nil {
		err = os.WriteFile(filepath.Join(folder, everyone, "hello.txt"), []byte(readme), 0o644)
	}
	return folder, err
}
