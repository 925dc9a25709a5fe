// Asks for a photo, by camera or file.

import { cameraView, mayUseCamera } from "./camera.js";
import { element } from "./element.js";
import { upright } from "./photo.js";

const noCamera = "The camera is not available. Allow it in your browser, or choose a file.";
const noPicture = "This file is no picture that the browser can show.";

/**
 * Gives {element, close}. A photo goes to take as an upright JPEG whose longer
 * side has at most size pixels; another one may follow. close puts the camera out,
 * and takes the photo away that is shown.
 */
export const photoPicker = ({ label, size = 640, take }) => new Picker(label, size, take);

class Picker {
  #view = element("div");
  #message = element("p", { role: "status", class: "hint" });
  #camera;

  constructor(label, size, take) {
    this.size = size;
    this.take = take;
    const file = element("input", { type: "file", accept: "image/*", class: "visually-hidden", onchange: () => this.#openFile(file.files[0]) });
    const row = element("div", { class: "row" }, element("label", { class: "button" }, "Choose a file", file));
    const open = () => this.#openCamera();
    if (mayUseCamera()) row.prepend(element("button", { type: "button", class: "quiet", onclick: open }, "Use the camera"));
    this.element = element("div", { role: "group", class: "photo", "aria-label": label }, this.#view, row, this.#message);
  }

  close = () => {
    this.#camera?.then(({ close }) => close(), () => {});
    this.#camera = undefined;
    this.#view.replaceChildren();
    this.#message.textContent = "";
  };

  #give(photo) {
    this.close();
    this.#view.append(preview(photo));
    this.take(photo);
  }

  async #openCamera() {
    this.close();
    const camera = (this.#camera = cameraView({ size: this.size, take: (photo) => this.#give(photo) }));
    const view = await camera.catch(() => null);
    if (camera !== this.#camera) return; // it was closed meanwhile
    if (view) this.#view.append(view.element);
    else this.#message.textContent = noCamera;
  }

  async #openFile(file) {
    if (!file) return;
    const photo = await upright(file, this.size).catch(() => null);
    if (photo) this.#give(photo);
    else this.#message.textContent = noPicture;
  }
}

function preview(photo) {
  const address = URL.createObjectURL(photo);
  return element("img", { src: address, alt: "The photo", class: "preview", onload: () => URL.revokeObjectURL(address) });
}
