package rooms

const MaxViews = maxViews

// Steps is how many look-ups it takes to say whether t covers r.
func Steps(t *Tree, r Room) int { return len(t.branches[r.keys()]) }

// Leftovers is what a tree holds for rooms and views.
func Leftovers(t *Tree) (branches, rooms, viewed int) {
	for _, some := range t.branches {
		for _, b := range some {
			branches++
			rooms += len(b.rooms)
			for _, v := range b.views {
				for _, entries := range v {
					viewed += len(entries)
				}
			}
		}
	}
	return branches, rooms, viewed
}

// Views is how many views of the rooms like r there are.
func Views(t *Tree, r Room) int { return len(t.branch(r).views) }
