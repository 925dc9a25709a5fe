package parking

// Pending returns how many bytes are pending for a client.
func Pending(c *Conn) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more == nil {
		return 0
	}
	return c.more.size
}

// Woken reports whether the connection still stands in line for its poller.
func Woken(c *Conn) bool { return c.woken.Load() }

// Descriptor returns the socket, which is good until the connection leaves.
func Descriptor(c *Conn) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int(c.fd)
}
