// Package browser holds Pomona, the browser's end of Roots, so that a Go
// program can serve it beside Firenze. Firenze does so by itself, at
// {prefix}/pomona.js and {prefix}/pomona.d.ts.
//
// Pomona is one ES module without dependencies and without a build step. What
// it guarantees stands at its top; README.md shows how a page uses it.
package browser

import _ "embed"

// Module is pomona.js, to be served as text/javascript.
//
//go:embed pomona.js
var Module []byte

// Types is pomona.d.ts, which tells editors and TypeScript what is in Module.
//
//go:embed pomona.d.ts
var Types []byte
