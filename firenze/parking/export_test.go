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
