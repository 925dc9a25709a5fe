// A picture of photos. Each stands where the big picture has its colours, and
// makes room as others come.

import { anchor, base, css, element, isObserver, notice, photoPicker, post } from "/lib.js";

css(`
  .photo-collage figure {
    position: absolute; margin: 0; overflow: hidden; border-radius: 6%;
    left: calc(var(--left) * 1%); top: calc(var(--top) * 1%); width: calc(var(--size) * 1%); height: calc(var(--size) * 1%);
    transform: rotate(calc(var(--theta) * 1deg)) scale(var(--sm));
    background: var(--mean); box-shadow: 0 .1em .4em #0008;
    transition: left 1s, top 1s, width 1s, height 1s, transform .3s;
    animation: photo-collage-in .9s cubic-bezier(.2, 1.3, .5, 1) backwards;
  }
  .photo-collage figure img { display: block; width: 100%; height: 100%; object-fit: cover; }
  .photo-collage figure::after { content: ""; position: absolute; inset: 0; background: var(--mean); mix-blend-mode: color; opacity: .6; transition: opacity .3s; }
  .photo-collage figure:hover { z-index: 1; transform: scale(1.6); }
  .photo-collage figure:hover::after { opacity: 0; }
  .photo-collage > button { position: absolute; z-index: 2; inset: auto 0 .4em; width: fit-content; margin: auto; padding: .2em .8em; }
  .photo-collage dialog form { margin-top: 1rem; }
  @keyframes photo-collage-in { from { opacity: 0; transform: rotate(20deg) scale(2.5); } }
`);

export class PhotoCollage {
  constructor(data) {
    this.photos = new Map(); // imgid -> its element
    this.collage = element("div", { class: "photo-collage" });
    if (!isObserver) {
      this.adding = photoDialog();
      const open = () => this.adding.dialog.showModal();
      this.collage.append(element("button", { type: "button", onclick: open }, "Add your photo"), this.adding.dialog);
    }
    this.unanchor = anchor(this.collage, data.boxcolor);
  }

  from_server({ gridsize, imgs }) {
    const cell = 100 / gridsize;
    const gone = new Map(this.photos);
    for (const img of imgs) {
      gone.delete(img.imgid);
      const { style } = this.photo(img.imgid);
      style.setProperty("--left", img.y * cell); // the server's y goes to the right
      style.setProperty("--top", img.x * cell);
      style.setProperty("--size", img.size * cell);
      style.setProperty("--theta", img.theta);
      style.setProperty("--sm", img.sm);
      style.setProperty("--mean", `rgb(${img.r}, ${img.g}, ${img.b})`);
    }
    for (const [id, figure] of gone) {
      figure.remove();
      this.photos.delete(id);
    }
  }

  // photo gives the element of a photo, which may be new.
  photo(id) {
    if (!this.photos.has(id)) {
      const figure = element("figure", {}, element("img", { src: `${base}/img/${id}.jpg`, alt: "A photo of somebody" }));
      this.photos.set(id, figure);
      this.collage.append(figure);
    }
    return this.photos.get(id);
  }

  destroy() {
    this.adding?.close();
    this.unanchor();
  }
}

// photoDialog makes the window in which a photo is taken, and posts it. close puts the
// camera out, too.
function photoDialog() {
  const picker = photoPicker({ label: "Your photo", take });
  const done = element("form", { method: "dialog" }, element("button", { class: "quiet" }, "Close"));
  const dialog = element("dialog", { onclose: picker.close }, element("h2", {}, "Add your photo"), picker.element, done);

  function close() {
    picker.close();
    dialog.close();
  }
  async function take(photo) {
    if (!(await post({ img: photo }))) return;
    close();
    notice("Your photo is in the picture.");
  }
  return { dialog, close };
}
