package gateway

const (
	WriteTimeout = writeTimeout
	RefusalPause = refusalPause
	PartingTime  = partingTime
	Tick         = tick
	MaxErrands   = maxErrands
	HookTime     = hookTime
)

// Places is how many are taken.
func (g *Gateway) Places() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.places
}

// LimitErrands changes how many clients may wait for their hooks.
func (g *Gateway) LimitErrands(n int) { g.errands.limit = n }
