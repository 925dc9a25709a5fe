//go:build !unix

package feed

import "os"

// onSuspend returns nothing: processes are not suspended here.
func onSuspend() (signals <-chan os.Signal, release func()) { return nil, func() {} }

func suspendSelf() {}
