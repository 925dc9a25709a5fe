// Where a script wants something: it draws a box whose stroke has a colour that
// nothing else on the slide has, and names that colour.

const shapes = ["path", "rect"];

/**
 * Finds the box of a colour, such as "#980000", or null. Colours are compared as
 * text, as scripts have them; the attribute comes first, then the style, then
 * whatever the browser makes of both. data-style is the style as it was written.
 */
export function findBox(svg, colour, strokeOf = (shape) => getComputedStyle(shape).stroke) {
  if (!/^#[0-9a-f]{6}$/.test(colour)) return null;
  for (const shape of shapes) {
    const found = svg.querySelector(`${shape}[stroke="${colour}"]`);
    if (found) return found;
  }
  return svg.querySelector(shapes.map((shape) => `${shape}[data-style*="stroke:${colour}"]`).join()) ??
    [...svg.querySelectorAll(shapes.join())].find((shape) => strokeOf(shape) === rgb(colour)) ??
    null;
}

/** Writes a colour as browsers do. */
export function rgb(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${r}, ${g}, ${b})`;
}
