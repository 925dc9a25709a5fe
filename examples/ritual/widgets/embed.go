package widgets

import "embed"

// Files has each widget's JavaScript and its page of documentation: Histogram.js
// and Histogram.md at its root. The server gives them out at /widgets/.
//
//go:embed *.js *.md
var Files embed.FS
