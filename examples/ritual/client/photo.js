// Photos are drawn anew before they leave the browser, so that they are upright,
// small, and without what cameras write into files, such as the place.

import { element } from "./element.js";

const quality = 0.85; // of the JPEG

/** Draws a picture so that its middle fills a canvas of this size. */
function draw(source, from, to) {
  const canvas = element("canvas", to);
  const scale = Math.max(to.width / from.width, to.height / from.height);
  const width = from.width * scale;
  const height = from.height * scale;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // a JPEG has nothing transparent
  context.fillRect(0, 0, to.width, to.height);
  context.drawImage(source, (to.width - width) / 2, (to.height - height) / 2, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

/** Makes a JPEG of a picture or video of a size, whose longer side has at most so many pixels. */
export function shrunk(source, from, longest) {
  const scale = Math.min(1, longest / Math.max(from.width, from.height));
  const scaled = (length) => Math.max(1, Math.round(length * scale));
  return draw(source, from, { width: scaled(from.width), height: scaled(from.height) });
}

/** Makes a small upright JPEG of a picture file. It throws if that is none. */
export async function upright(file, longest) {
  const bitmap = await createImageBitmap(file);
  return shrunk(bitmap, bitmap, longest);
}

/** Makes a square JPEG of the middle of a picture. */
export async function squared(photo, side) {
  const bitmap = await createImageBitmap(photo);
  return draw(bitmap, bitmap, { width: side, height: side });
}
