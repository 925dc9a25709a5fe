// Package scripts has two scripts of rituals, to try the server with and to copy
// from. They are about a night of small lights in the middle of winter; words,
// pictures, tune and film were made for them.
//
//	short        five pages without logins: a reading, a question, a candle
//	everything   thirteen pages with logins and speakers, and each widget once
//
// README.md walks through them page by page.
package scripts

import "embed"

// Files has each script in a folder of its name, as the server reads them.
//
//go:embed short everything
var Files embed.FS
