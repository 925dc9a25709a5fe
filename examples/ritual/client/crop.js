// Which part of a photo is in the circle. The photo is scaled by 2^(zoom/5), and
// the square of 100 pixels whose corner is at (x, y) of the scaled photo is cut out.

const side = 100;
const range = 15; // of zoom: up to 8 times as large as fits

const hundredths = (round, zoom) => round(100 * zoom) / 100;

export class Crop {
  #left; // of the scaled photo, in pixels and parts of them
  #top;

  /** The middle of a photo of this size, as much of it as the circle takes. */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.least = hundredths(Math.ceil, 5 * Math.log2(side / Math.min(width, height)));
    this.most = hundredths(Math.round, this.least + range);
    this.zoom = this.least;
    this.#moveTo((width * this.scale - side) / 2, (height * this.scale - side) / 2);
  }

  get scale() {
    return 2 ** (this.zoom / 5);
  }

  /** Enlarges, while what is in the middle stays there. */
  zoomTo(zoom) {
    const before = this.scale;
    this.zoom = hundredths(Math.round, Math.min(this.most, Math.max(this.least, zoom)));
    const ratio = this.scale / before;
    this.#moveTo((this.#left + side / 2) * ratio - side / 2, (this.#top + side / 2) * ratio - side / 2);
  }

  /** Moves the photo below the circle, by pixels of the circle. */
  move(right, down) {
    this.#moveTo(this.#left - right, this.#top - down);
  }

  #moveTo(x, y) {
    const within = (value, length) => Math.max(0, Math.min(value, Math.floor(length * this.scale) - side));
    this.#left = within(x, this.width);
    this.#top = within(y, this.height);
  }

  get x() {
    return Math.round(this.#left);
  }

  get y() {
    return Math.round(this.#top);
  }

  /** The same square in pixels of the photo itself. */
  get source() {
    return { x: this.#left / this.scale, y: this.#top / this.scale, side: side / this.scale };
  }
}
