// The picture behind the slide, or behind everything.

import { reducedMotion } from "./browser.js";
import { byId, element } from "./element.js";
import { base } from "./page.js";

const fade = 1200; // milliseconds
let shown; // the picture

/** Shows the background that a page asks for, or else the script's own. */
export function showBackground({ background, bkZoom, bkZoomCenter }) {
  const address = background ? `${base}/namedimg/${encodeURIComponent(background)}` : `${base}/bkg.jpg`;
  if (shown?.getAttribute("src") !== address) exchange(address);
  shown.style.scale = Number(bkZoom) > 0 ? Number(bkZoom) : 1;
  shown.style.transformOrigin = "";
  shown.style.transformOrigin = bkZoomCenter ?? ""; // which changes nothing if it is no place
}

function exchange(address) {
  const before = shown;
  const comes = (shown = element("img", { src: address, alt: "" }));
  const leave = () => before?.remove();
  comes.style.opacity = 0;
  byId("backdrop").append(comes);
  comes.decode().catch(() => {}).then(() => { // without a picture there is nothing behind the slide
    comes.style.opacity = "";
    comes.animate([{ opacity: 0 }, { opacity: 1 }], reducedMotion() ? 0 : fade).finished.then(leave, leave);
  });
}
