package widgets

import (
	"fmt"
	"strconv"
)

// ToClient tells the original's fields, and three more by which browsers keep in
// step with each other without a singing server.
func (b *bucketSinging) ToClient(client string) map[string]any {
	fields := map[string]any{
		"lyrics":          b.Lyrics,
		"boxColors":       b.BoxColors,
		"server_url":      string(b.server),
		"ready":           b.hasBegun(),
		"slot":            b.slot(client),
		"lyricLead":       b.ledByHand(),
		"background_opts": b.Background,
		"videoUrl":        b.VideoURL,
		"roundVideo":      b.RoundVideo,
		"justInit":        b.JustInit,
		"slotCounts":      b.countSlots(),
		"dbginfo":         fmt.Sprintf("%d/%d/%d", b.countReady(), len(b.singers), b.expected),
		"startMuted":      b.StartMuted,
		"lyricTimings":    b.LyricTimings,
		"backingUrl":      b.backing,
	}
	if b.hasBegun() {
		fields["startedAgo"] = b.ritual.Now().Sub(b.began).Seconds()
	}
	return fields
}

// SubpageSame says that a client waits until the song begins, and then until its
// own slot is another.
func (b *bucketSinging) SubpageSame(subpage, client string) bool {
	if !b.hasBegun() {
		return subpage == "-1"
	}
	return subpage == strconv.Itoa(b.slot(client))
}

// slot is that of a client; one that nobody knows is late.
func (b *bucketSinging) slot(client string) int {
	if s := b.singers[client]; s != nil {
		return s.slot
	}
	return lateSlot
}
