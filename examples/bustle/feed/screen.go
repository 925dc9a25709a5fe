package feed

import (
	"context"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// What a terminal is told. Nothing else is but the styles.
const (
	restart    = "\r\x1b[K" // to the beginning of the row, which is emptied
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
)

const (
	frameTime = 40 * time.Millisecond
	narrow    = 20 // a terminal with fewer columns gets plain lines
)

// A screen shows messages, one below the other.
type screen struct {
	w       io.Writer
	size    func() int // how many columns the terminal has; nil if it is none
	colour  bool
	suspend <-chan os.Signal // says that the process is to be suspended
	release func()           // of what suspend holds
}

func newScreen(w io.Writer, plain bool) *screen {
	file, ok := w.(*os.File)
	if plain || !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return &screen{w: w, release: func() {}}
	}
	s := &screen{w: w, size: func() int { return columns(file) }, colour: os.Getenv("NO_COLOR") == ""}
	s.suspend, s.release = onSuspend()
	return s
}

// columns returns how wide a terminal is, and 80 for one that does not say.
func columns(terminal *os.File) int {
	width, _, err := term.GetSize(int(terminal.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

// animated says whether anything moves here, as wide as it is by now.
func (s *screen) animated() bool { return s.size != nil && s.size() >= narrow }

// close leaves the terminal clean.
func (s *screen) close() {
	if s.size != nil {
		_, _ = io.WriteString(s.w, restart) // it may be gone, and then there is nothing to clean
	}
	s.release()
}

// print shows a message at once.
func (s *screen) print(message string) error {
	if s.size != nil {
		return s.stand(paint(message), "\n")
	}
	_, err := io.WriteString(s.w, message+"\n")
	return err
}

// hint shows what gives way to the first message.
func (s *screen) hint(text string) error {
	return s.stand(fit(cells(text, faint), s.room()), "")
}

// play shows a message row by row, each as an animation that takes tick for a frame.
func (s *screen) play(ctx context.Context, message string, tick time.Duration, seed uint64) error {
	if !s.animated() {
		return s.print(message)
	}
	animate := choose(message, seed)
	for _, row := range wrap(paint(message), s.room()) {
		if err := s.playRow(ctx, row, animate, tick, seed); err != nil {
			return err
		}
	}
	return nil
}

// playRow shows a row. It is cut short when the terminal changes its width, so that no
// frame is drawn that does not fit, and when ctx ends.
func (s *screen) playRow(ctx context.Context, row []cell, animate animation, tick time.Duration, seed uint64) error {
	room := s.room()
	for frame := 0; frame < frames && s.room() == room; frame++ {
		if err := s.draw(animate.at(row, room, frame, seed)); err != nil {
			return err
		}
		if !s.wait(ctx, tick) {
			break
		}
	}
	return s.stand(row, "\n")
}

// room is how many columns are used. The last one stays free, because terminals differ in
// what happens there.
func (s *screen) room() int { return s.size() - 1 }

// draw shows row in place of what is in this one, to be drawn over in a moment. The cursor
// is hidden for no longer than that.
func (s *screen) draw(row []cell) error {
	_, err := io.WriteString(s.w, hideCursor+restart+render(row, s.colour))
	return err
}

// stand shows row in place of what is in this one, and the cursor behind it and end.
func (s *screen) stand(row []cell, end string) error {
	_, err := io.WriteString(s.w, restart+render(row, s.colour)+end+showCursor)
	return err
}

// wait waits, and says whether ctx goes on. If the process is to be suspended it is
// left clean before.
func (s *screen) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-s.suspend:
			_, _ = io.WriteString(s.w, restart+showCursor)
			suspendSelf()
		}
	}
}
