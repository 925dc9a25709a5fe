package widgets

import (
	"slices"

	"github.com/rootspush/roots/examples/ritual/widget"
)

// slots is how many there are, and lastSlot the one where nobody else hears what
// is sung.
const (
	slots    = 4
	lastSlot = slots - 1
)

// giveSlots gives a slot to each client that is here and ready: the leaders
// first, last those who do not know how long their sound takes, and the others
// in between, at random.
func (b *bucketSinging) giveSlots(here []widget.Client) {
	ready := only(here, func(c widget.Client) bool { return b.singers[c.ID] != nil && b.singers[c.ID].ready })
	led := b.needsLeader()
	leaders, slot := b.slideLeaders(ready), lastSlot
	if led {
		leaders, slot = b.leaders(ready), 0
	}
	var others []*singer
	for _, client := range ready {
		switch s := b.singers[client.ID]; {
		case slices.ContainsFunc(leaders, func(c widget.Client) bool { return c.ID == client.ID }):
			s.slot = slot
		case s.uncalibrated:
			s.slot = lastSlot
		default:
			others = append(others, s)
		}
	}
	b.ritual.Rand().Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	ends := slotEnds(len(others), led)
	for i, s := range others {
		s.slot = 0
		for s.slot < lastSlot && i >= ends[s.slot] {
			s.slot++
		}
	}
}

// needsLeader says whether somebody has to sing before all others: nothing else
// would tell them how the song goes.
func (b *bucketSinging) needsLeader() bool {
	return b.Leader != "" || b.ledByHand() || b.Backing == ""
}

// ledByHand says whether somebody has to move the lyrics on.
func (b *bucketSinging) ledByHand() bool {
	return len(b.Lyrics) > 0 && len(b.LyricTimings) == 0
}

// leaders are those whom the page names, else those who lead the ritual, else
// somebody.
func (b *bucketSinging) leaders(ready []widget.Client) []widget.Client {
	if login := b.ritual.Login(b.Leader); login != "" {
		named := only(ready, func(c widget.Client) bool { return slices.Contains(c.Users, login) })
		if len(named) > 0 {
			return named
		}
	}
	if leading := b.slideLeaders(ready); len(leading) > 0 || len(ready) == 0 {
		return leading
	}
	return []widget.Client{ready[b.ritual.Rand().IntN(len(ready))]}
}

// slideLeaders are those who lead the ritual.
func (b *bucketSinging) slideLeaders(ready []widget.Client) []widget.Client {
	return only(ready, func(c widget.Client) bool { return b.singers[c.ID].lead })
}

func only(clients []widget.Client, wanted func(widget.Client) bool) (those []widget.Client) {
	for _, client := range clients {
		if wanted(client) {
			those = append(those, client)
		}
	}
	return those
}

// slotEnds says up to which of n singers each slot but the last goes. Few sing
// in the first ones, for whoever is behind hears all of them.
func slotEnds(n int, led bool) [lastSlot]int {
	if led {
		first := min(max(n/3, 1), 5)
		return [...]int{0, first, min(max(2*n/3, first+1), 35)}
	}
	leading := min(max(n/15, 1), 30)
	first := min(max(n/5, leading+1), 130)
	return [...]int{leading, first, min(max(n/2, first), 330)}
}

// countSlots says how many are in each slot.
func (b *bucketSinging) countSlots() (counts [slots]int) {
	for _, s := range b.singers {
		counts[s.slot]++
	}
	return counts
}
