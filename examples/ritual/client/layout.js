// Where participants are: a queue of readers, of whom the first speaks, or the
// rows of an auditorium. Lengths are in pixels, from the upper left corner.

const gap = 8;
const label = 20; // the height of a name

/** The smallest seat that has a name below it. */
export const named = 52;

/**
 * A queue: the speaker is large, the others follow in rows, as many as there is
 * room for. It gives a place {x, y, size} for each that is shown.
 */
export function queue(count, width, height) {
  if (count === 0) return [];
  const speaker = Math.max(named, Math.min(height - label, 150, width / 3));
  const places = [{ x: 0, y: Math.max(0, (height - speaker - label) / 2), size: speaker }];
  const size = Math.min(named + 8, speaker);
  const left = speaker + 2 * gap;
  const columns = Math.max(0, Math.floor((width - left + gap) / (size + gap)));
  const rows = Math.max(1, Math.floor((height + gap) / (size + label + gap)));
  const others = Math.min(count - 1, columns * rows);
  const used = Math.ceil(others / Math.max(1, columns));
  const top = Math.max(0, (height - used * (size + label + gap) + gap) / 2);
  for (let i = 0; i < others; i++) {
    places.push({ x: left + (i % columns) * (size + gap), y: top + Math.floor(i / columns) * (size + label + gap), size });
  }
  return places;
}

const largest = 96;
const smallest = 8;

/**
 * An auditorium: everybody is as large as there is room for, the first in the
 * middle of the front row, which is nearest to the slide. Rows are curved.
 */
export function auditorium(count, width, height) {
  for (let size = largest; size > smallest; size--) {
    const rows = Math.ceil(count / Math.floor(width / size));
    if (depth(rows, size) <= height) return seats(count, rows, size, width);
  }
  const columns = Math.max(1, Math.floor(width / smallest));
  const rows = Math.max(1, Math.floor(height / smallest));
  return seats(Math.min(count, columns * rows), rows, smallest, width);
}

/** From one row to the next; those without names sit a little behind each other. */
const rowHeight = (size) => (size >= named ? size + label : size * 0.92);
const curve = (size) => size * 0.35;
const depth = (rows, size) => (rows - 1) * rowHeight(size) + size + (size >= named ? label : 0) + curve(size);

function seats(count, rows, size, width) {
  const perRow = Math.ceil(count / rows);
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / perRow);
    const here = Math.min(perRow, count - row * perRow);
    const middle = fromMiddle(i % perRow) + (here % 2 ? 0 : 0.5);
    const bend = (2 * middle) / perRow; // from -1 to 1
    return { x: width / 2 + (middle - 0.5) * size, y: row * rowHeight(size) + curve(size) * (1 - bend * bend), size };
  });
}

/** Counts 0, -1, 1, -2, 2 and so on. */
function fromMiddle(i) {
  return i % 2 ? -(i + 1) / 2 : i / 2;
}
