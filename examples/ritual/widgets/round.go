package widgets

import "math"

// rounded gives a number as exactly as anybody can see, in few digits.
func rounded(number float64) float64 { return math.Round(number*1e5) / 1e5 }
