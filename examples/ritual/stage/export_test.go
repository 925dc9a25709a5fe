package stage

import "github.com/rootspush/roots/pig"

// Waiting counts the statuses of a ritual that wait.
func (s *Stage) Waiting(ritual string) int { return s.owl.Count(pig.Heard{Text: "ritual/" + ritual}) }
