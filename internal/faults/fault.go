package faults

import (
	"math/rand/v2"
	"strconv"
)

// A Direction is where a piece goes.
type Direction int

// Up is from the client to the server, Down the other way.
const (
	Up Direction = iota
	Down
)

func (d Direction) String() string { return [...]string{"up", "down"}[d] }

// A Fault is what happens to a piece.
type Fault int

// The faults are explained in the table at the top of the package.
const (
	None Fault = iota
	ResetBefore
	ResetWithin
	ResetAfter
	Slice
	Delay
	BlackHole
	HalfClose
	DoubleBehind
	DoubleBeside
	faults
)

// faultsOf bounds the faults of a direction.
var faultsOf = [2]Fault{Up: faults, Down: DoubleBehind}

func (f Fault) String() string {
	names := [faults]string{"none", "reset before", "reset within", "reset after", "slice", "delay",
		"black hole", "half-close", "double behind", "double beside"}
	if f < 0 || f >= faults {
		return strconv.Itoa(int(f))
	}
	return names[f]
}

// plan chooses what happens to the next piece: nothing to most, so that clients
// get on.
func plan(random *rand.Rand, d Direction) Fault {
	if random.IntN(8) > 0 {
		return None
	}
	return None + 1 + Fault(random.IntN(int(faultsOf[d])-1))
}
