package firenze

// Attached returns how many sessions have a poll that waits or a stream.
func Attached(f *Firenze) (n int) {
	f.clients.Range(func(_, value any) bool {
		c := value.(*client)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.waiter != nil {
			n++
		}
		return true
	})
	return n
}
